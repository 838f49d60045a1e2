import UnixSignals

/// SIGHUP, with which a person asks a daemon to reload its configuration.
///
/// By default it ends the program, signal(7). From here on it never does, also not after this value has gone: Dispatch
/// installs a handler and leaves it in place. What comes before somebody looks is kept.
package struct Hangups: Sendable {
    let signals: UnixSignalsSequence

    package init() async {
        signals = await UnixSignalsSequence(trapping: .sighup)
    }
}
