import Testing

@testable import Web

struct BasicCredentialsTests {
    @Test(arguments: [
        ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"),
        ("basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ", "Aladdin", "open sesame"),
        ("Basic dGVzdDoxMjPCow==", "test", "123£"),
        ("Basic YTpiOmM=", "a", "b:c"),
        ("Basic Og==", "", ""),
    ])
    func `an Authorization header yields a user and a password`(authorization: String, user: String, password: String)
        throws
    {
        let credentials = try #require(BasicCredentials(authorization: authorization))
        #expect(credentials.user == user)
        #expect(credentials.password == password)
    }

    @Test(arguments: [
        "", "Basic", "Basic ", "Bearer YTpi", "Basic YWI=", "Basic YTpi!", "Basic Y", "Basic //86", "Basic ====",
    ])
    func `a malformed Authorization header yields no credentials`(authorization: String) {
        #expect(BasicCredentials(authorization: authorization) == nil)
    }
}
