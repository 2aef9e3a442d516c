import ArgumentParser
import Documents
import Foundation
import Kubernetes
import Resources
import Rollouts

/// `martlet rollout …`: looks at a Rollout and drives it, as `kubectl annotate` does.
struct RolloutCommands: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rollout", abstract: "Look at a Rollout, and drive it.",
        discussion: "Commands are written as the annotation \(Rollout.commandAnnotation), and the leading gateway obeys them.",
        subcommands: [Status.self, Promote.self, Pause.self, Abort.self])

    struct Status: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Say how far a Rollout has come; ends with 1 if the revision was taken back, or not promoted in time.")

        @Argument(help: "The Rollout's name.") var name: String
        @Flag(name: .shortAndLong, help: "Go on until the revision is promoted or taken back.") var watch = false
        @Option(help: "With --watch: how long at most; 0 is for ever.") var timeout = DurationOption(.zero)
        @Option(name: .shortAndLong, help: "Output: text or json.") var output: OutputFormat = .text
        @OptionGroup var cluster: ClusterOptions

        func run() async throws {
            let door = try RolloutDoor(cluster, name)
            let end = timeout.duration == .zero ? nil : ContinuousClock.now + timeout.duration
            var said = ""
            var screen = LiveScreen(isLive: watch && output == .text && isatty(STDOUT_FILENO) == 1)
            while true {
                let rollout = try await door.get()
                let text =
                    output == .json
                    ? rollout.json
                    : screen.isLive ? RolloutPicture.lines(of: rollout.rollout).joined(separator: "\n") : rollout.text
                if text != said { Console.write(screen.frame(text)) }
                said = text
                if rollout.isSettled || !watch {
                    if rollout.isFailed { throw Failure.wrongInput() }
                    return
                }
                if let end, ContinuousClock.now >= end {
                    throw Failure.wrongInput("not promoted within \(timeout)")
                }
                try await Task.sleep(for: .milliseconds(500))
            }
        }
    }

    struct Promote: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Leave the step, whatever it waits for.")
        @OptionGroup var what: Driven
        func run() async throws { try await what.drive(.promote) }
    }

    struct Pause: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Stay at the step until it is promoted or aborted.")
        @OptionGroup var what: Driven
        func run() async throws { try await what.drive(.pause) }
    }

    struct Abort: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Send everything to the stable arm.")
        @OptionGroup var what: Driven
        func run() async throws { try await what.drive(.abort) }
    }

    struct Driven: ParsableArguments {
        @Argument(help: "The Rollout's name.") var name: String
        @Option(help: "How long to wait until the gateway has obeyed.") var timeout = DurationOption(.seconds(10))
        @Option(name: .shortAndLong, help: "Output: text or json.") var output: OutputFormat = .text
        @OptionGroup var cluster: ClusterOptions

        func drive(_ verb: RolloutCommand.Verb) async throws {
            let door = try RolloutDoor(cluster, name)
            let status = try await door.get().rollout.status
            guard status.step > 0 else {
                throw Failure.wrongInput("nothing is rolled out by \(name) at present: \(status.message)")
            }
            let command = RolloutCommand(verb, revision: status.revision, step: status.step)
            let end = ContinuousClock.now + timeout.duration
            if status.observedCommand == command.description {
                // It was obeyed when this revision was here before, and would be taken for that one.
                try await door.write(nil)
                _ = try await door.wait(until: end, "the command before is taken away, and nobody has noted it within \(timeout)")
                {
                    $0.observedCommand != command.description
                }
            }
            try await door.write(command)
            let now = try await door.wait(until: end, "\(command) is written, and nobody has obeyed it within \(timeout)") {
                $0.observedCommand == command.description
            }
            Console.write((output == .json ? now.json : now.text) + "\n")
        }
    }
}

/// What is written of something that changes: each time in the place of what was there on a terminal, a line after the other elsewhere.
struct LiveScreen {
    let isLive: Bool
    private var height = 0

    init(isLive: Bool) { self.isLive = isLive }

    mutating func frame(_ text: String) -> String {
        guard isLive else { return text + "\n" }
        // To the first line of the one before, and everything below gone. Lines that are too long are cut off, so that their number is known.
        let back = height > 0 ? "\u{1B}[\(height)A\r\u{1B}[J" : ""
        height = text.split(separator: "\n", omittingEmptySubsequences: false).count
        return back + "\u{1B}[?7l" + text + "\u{1B}[?7h\n"
    }
}

/// The way to one Rollout of a cluster.
struct RolloutDoor {
    private let client: APIClient
    private let key: ObjectKey

    private static let type = ResourceType(
        group: Rollout.kind.group, version: Rollout.kind.version, plural: Rollout.kind.plural, kind: Rollout.kind.kind)

    init(_ options: ClusterOptions, _ name: String) throws(Failure) {
        do {
            client = APIClient(
                try .find(
                    kubeconfig: options.kubeconfig, context: options.context, environment: ProcessInfo.processInfo.environment))
        } catch {
            throw .unreachable("\(error)")
        }
        key = ObjectKey(namespace: options.namespace ?? client.access.namespace, name: name)
    }

    func get() async throws(Failure) -> SeenRollout {
        do { return SeenRollout(try await client.get(Self.type, namespace: key.namespace, name: key.name).value) } catch {
            throw Self.failure(error)
        }
    }

    /// Looks again and again until the status is as wanted; after `end` it says what is not so.
    func wait(
        until end: ContinuousClock.Instant, _ complaint: @autoclosure () -> String, _ isWanted: (RolloutStatus) -> Bool
    ) async throws -> SeenRollout {
        while true {
            let now = try await get()
            if isWanted(now.rollout.status) { return now }
            guard ContinuousClock.now < end else {
                throw Failure.unreachable("\(complaint()): \(now.rollout.status.message)")
            }
            try await Task.sleep(for: .milliseconds(100))
        }
    }

    /// - Parameter command: nil takes away the one that is there.
    func write(_ command: RolloutCommand?) async throws(Failure) {
        let annotations: Value = [Rollout.commandAnnotation: command.map { .string($0.description) } ?? .null]
        do {
            _ = try await client.patch(
                Self.type, namespace: key.namespace, name: key.name, .merge, ["metadata": ["annotations": annotations]])
        } catch {
            throw Self.failure(error)
        }
    }

    /// What is not there, or not allowed, is no matter of reaching it.
    private static func failure(_ error: APIError) -> Failure {
        [403, 404, 422].contains(error.code) ? .wrongInput("\(error)") : .unreachable("\(error)")
    }
}

/// A Rollout as somebody who asked sees it.
struct SeenRollout {
    let rollout: Rollout
    private let document: Value

    init(_ document: Value) {
        self.document = document
        rollout = Rollout.decode(document).resource
    }

    private var status: RolloutStatus { rollout.status }

    /// The gateway has seen the specification, and nothing is under way.
    var isSettled: Bool {
        status.observedGeneration >= rollout.metadata.generation && (status.phase == .healthy || status.phase == .degraded)
    }

    var isFailed: Bool { status.phase == .degraded }

    var text: String {
        guard let phase = status.phase else { return "Rollout \(rollout.metadata.key): no gateway has seen it yet" }
        return "Rollout \(rollout.metadata.key) \(phase.rawValue): \(status.message)"
    }

    var json: String {
        let metadata = rollout.metadata
        let page: Value = [
            "namespace": .string(metadata.namespace), "name": .string(metadata.name), "status": document["status"] ?? [:],
        ]
        return page.jsonText
    }
}
