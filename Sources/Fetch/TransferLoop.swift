import CCurl
import Foundation
import Synchronization

/// The thread that drives a client's transfers, and the mailbox through which others speak to it.
///
/// A loop retires when the certificates that its connections were made with are no longer in force: it takes no new transfers, ends
/// streams, lets requests finish, and ends with the last of them. The client then begins another.
final class TransferLoop: Sendable {
    enum Command: Sendable {
        case begin(Transfer)
        case cancel(Transfer)
        case resume(Transfer)
    }

    private enum Life { case working, retiring, stopped }

    private struct Mailbox {
        var commands: [Command] = []
        var life = Life.working
        /// libcurl's handle, for waking the thread only; nil before and after the thread's life.
        var wakeup: Wakeup?
    }

    private let mailbox = Mutex(Mailbox())
    private let tls: TLSOptions
    private let fileInterval: Duration

    /// - Parameter fileInterval: how often the files of `tls` are looked at.
    init(tls: TLSOptions, fileInterval: Duration) {
        self.tls = tls
        self.fileInterval = fileInterval
    }

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "martlet-fetch"
        thread.stackSize = 1 << 20
        thread.start()
    }

    func stop() { end(as: .stopped) }
    func retire() { end(as: .retiring) }

    private func end(as life: Life) {
        mailbox.withLock { mailbox in
            if mailbox.life != .stopped { mailbox.life = life }
            mailbox.wakeup?.signal()
        }
    }

    /// False when this loop takes no more transfers.
    func begin(_ transfer: Transfer) -> Bool {
        mailbox.withLock { mailbox in
            guard mailbox.life == .working else { return false }
            post(.begin(transfer), &mailbox)
            return true
        }
    }

    func cancel(_ transfer: Transfer) { mailbox.withLock { post(.cancel(transfer), &$0) } }
    /// The reader took what was buffered: the server may send on.
    func resume(_ transfer: Transfer) { mailbox.withLock { post(.resume(transfer), &$0) } }

    private func post(_ command: Command, _ mailbox: inout Mailbox) {
        if mailbox.life == .stopped { return }
        mailbox.commands.append(command)
        mailbox.wakeup?.signal()
    }

    private static func stopped(_ transfer: Transfer) -> FetchError {
        FetchError(.cancelled, origin: Origin.of(transfer.request.url), detail: "the client was released")
    }

    private func run() {
        var files = CertificateFiles(tls, interval: fileInterval, now: .now)
        guard var transfers = MultiHandle() else { return failEverything() }
        mailbox.withLock { $0.wakeup = transfers.wakeup }
        while let commands = takeCommands(isIdle: transfers.isEmpty) {
            for command in commands { transfers.perform(command) }
            if files.haveChanged(at: .now) { retire() }
            if isRetiring { transfers.endStreams() }
            if !(isRetiring && transfers.isEmpty) { transfers.step(until: files.nextCheck) }
        }
        transfers.cancelAll { Self.stopped($0) }
        transfers.free()
    }

    private var isRetiring: Bool { mailbox.withLock { $0.life == .retiring } }

    /// nil when the thread has to end: the client was released (what was still in the mailbox ends as cancelled), or the loop
    /// retired and has nothing left to do.
    private func takeCommands(isIdle: Bool) -> [Command]? {
        mailbox.withLock { mailbox in
            let commands = mailbox.commands
            mailbox.commands = []
            switch mailbox.life {
            case .working: return commands
            case .retiring where !isIdle || !commands.isEmpty: return commands
            case .retiring, .stopped:
                mailbox.life = .stopped
                mailbox.wakeup = nil
                for case .begin(let transfer) in commands { transfer.finish(Self.stopped(transfer)) }
                return nil
            }
        }
    }

    private func failEverything() {
        mailbox.withLock { mailbox in
            mailbox.life = .stopped
            for case .begin(let transfer) in mailbox.commands {
                transfer.finish(FetchError(.failed, origin: Origin.of(transfer.request.url), detail: "libcurl did not start"))
            }
            mailbox.commands = []
        }
    }
}

/// The one call on libcurl's multi handle that other threads may make.
/// Unchecked: `curl_multi_wakeup` is documented as safe from any thread while the handle lives, which the mailbox's lock ensures.
@safe struct Wakeup: @unchecked Sendable {
    private let multi: UnsafeMutableRawPointer

    init(_ multi: UnsafeMutableRawPointer) { unsafe self.multi = multi }

    func signal() { _ = unsafe curl_multi_wakeup(multi) }
}
