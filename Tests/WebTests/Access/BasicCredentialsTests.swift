import Testing

@testable import Web

@Suite("Credentials of a request")
struct BasicCredentialsTests {
    @Test(
        "are a user and a password",
        arguments: [
            ("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", "Aladdin", "open sesame"),
            ("basic   QWxhZGRpbjpvcGVuIHNlc2FtZQ", "Aladdin", "open sesame"),
            ("Basic dGVzdDoxMjPCow==", "test", "123£"),
            ("Basic YTpiOmM=", "a", "b:c"),
            ("Basic Og==", "", ""),
        ]
    )
    func read(authorization: String, user: String, password: String) throws {
        let credentials = try #require(BasicCredentials(authorization: authorization))
        #expect(credentials.user == user)
        #expect(credentials.password == password)
    }

    @Test(
        "are nothing else",
        arguments: [
            "", "Basic", "Basic ", "Bearer YTpi", "Basic YWI=", "Basic YTpi!", "Basic Y", "Basic //86", "Basic ====",
        ]
    )
    func refused(authorization: String) {
        #expect(BasicCredentials(authorization: authorization) == nil)
    }
}
