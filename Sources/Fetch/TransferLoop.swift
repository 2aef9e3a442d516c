import CCurl
import Foundation
import Synchronization

/// The thread that drives a client's transfers, and the mailbox through which others speak to it.
final class TransferLoop: Sendable {
    enum Command: Sendable {
        case begin(Transfer)
        case cancel(Transfer)
        case resume(Transfer)
    }

    private struct Mailbox {
        var commands: [Command] = []
        var isStopped = false
        /// libcurl's handle, for waking the thread only; nil before and after the thread's life.
        var wakeup: Wakeup?
    }

    private let mailbox = Mutex(Mailbox())

    func start() {
        let thread = Thread { [self] in run() }
        thread.name = "martlet-fetch"
        thread.stackSize = 1 << 20
        thread.start()
    }

    func stop() {
        mailbox.withLock { mailbox in
            mailbox.isStopped = true
            mailbox.wakeup?.signal()
        }
    }

    func begin(_ transfer: Transfer) { post(.begin(transfer)) }
    func cancel(_ transfer: Transfer) { post(.cancel(transfer)) }
    /// The reader took what was buffered: the server may send on.
    func resume(_ transfer: Transfer) { post(.resume(transfer)) }

    private func post(_ command: Command) {
        mailbox.withLock { mailbox in
            if mailbox.isStopped {
                if case .begin(let transfer) = command { transfer.finish(Self.stopped(transfer)) }
                return
            }
            mailbox.commands.append(command)
            mailbox.wakeup?.signal()
        }
    }

    private static func stopped(_ transfer: Transfer) -> FetchError {
        FetchError(.cancelled, origin: Origin.of(transfer.request.url), detail: "the client was released")
    }

    private func run() {
        guard var transfers = MultiHandle() else { return failEverything() }
        mailbox.withLock { $0.wakeup = transfers.wakeup }
        while let commands = takeCommands() {
            for command in commands { transfers.perform(command) }
            transfers.step()
        }
        transfers.cancelAll { Self.stopped($0) }
        transfers.free()
    }

    /// nil when the client was released; what was still in the mailbox then ends as cancelled.
    private func takeCommands() -> [Command]? {
        mailbox.withLock { mailbox in
            let commands = mailbox.commands
            mailbox.commands = []
            guard mailbox.isStopped else { return commands }
            mailbox.wakeup = nil
            for case .begin(let transfer) in commands { transfer.finish(Self.stopped(transfer)) }
            return nil
        }
    }

    private func failEverything() {
        mailbox.withLock { mailbox in
            mailbox.isStopped = true
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
