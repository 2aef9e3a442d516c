import CLinux

/// A folder for what nobody else may see or change: files that are replaced as a whole, and refused where others had a hand in them.
///
/// Folder and files must belong to this user and be closed to everybody else (modes 0700 and 0600); symbolic links are not followed.
@safe public struct PrivateFolder: ~Copyable {
    /// Why something is not used.
    public enum Refusal: Error, Equatable, Sendable, CustomStringConvertible {
        /// There is no such file (or folder).
        case missing
        /// Another user's.
        case foreign(owner: UInt32)
        /// Others may read or write it.
        case open(mode: UInt32)
        /// No plain file, or no folder.
        case otherKind
        case tooLarge(bytes: UInt64)
        /// Another process is writing here at this moment.
        case busy
        case failed(errorNumber: Int32, operation: String)

        public var description: String {
            switch self {
            case .missing: "there is none"
            case .foreign(let owner): "it belongs to another user (\(owner))"
            case .open(let mode): "others may use it (mode \(String(mode, radix: 8))); take their rights away with chmod go-rwx"
            case .otherKind: "it is something else than it should be, such as a symbolic link"
            case .tooLarge(let bytes): "it is too large (\(bytes) bytes)"
            case .busy: "another process is writing at this moment"
            case .failed(let number, let operation): "\(operation): \(SystemError.text(number))"
            }
        }
    }

    private let descriptor: Int32
    /// Gone when the machine is switched off, and never written to a disk.
    public let isInMemory: Bool

    /// - Parameter isMade: makes the last part of the path if it is not there.
    public init(_ path: String, makingIt isMade: Bool) throws(Refusal) {
        if isMade {
            let made = unsafe path.withCString { unsafe martlet_make_folder($0) }
            guard made >= 0 || Int32(made) == -EEXIST else { throw Self.refusal(made, "making \(path)") }
        }
        let opened = unsafe path.withCString { unsafe martlet_open_folder($0) }
        guard opened >= 0 else { throw Self.refusal(opened, "opening \(path)") }
        let descriptor = Int32(truncatingIfNeeded: opened)
        do throws(Refusal) {
            let facts = try Self.facts(descriptor)
            guard facts.is_folder != 0 else { throw .otherKind }
            isInMemory = facts.is_in_memory != 0
        } catch {
            _ = martlet_close(descriptor)
            throw error
        }
        self.descriptor = descriptor
    }

    deinit { _ = martlet_close(descriptor) }

    public func read(_ name: String, limit: UInt64) throws(Refusal) -> [UInt8] {
        let opened = unsafe name.withCString { unsafe martlet_open_within(descriptor, $0) }
        guard opened >= 0 else { throw Self.refusal(opened, "opening \(name)") }
        let number = Int32(truncatingIfNeeded: opened)
        let file = DurableFile(descriptor: number, path: name)
        let facts = try Self.facts(number)
        guard facts.is_file != 0 else { throw .otherKind }
        guard facts.size <= limit else { throw .tooLarge(bytes: facts.size) }
        do { return try file.read() } catch { throw Self.refusal(error) }
    }

    /// Puts a file in the place of the one of that name: readers see the old one or the new one, and the old one stays when this fails.
    /// One process at a time; the others are told `busy`.
    public func replace(_ name: String, with parts: [[UInt8]]) throws(Refusal) {
        // The lock belongs to the open file, and this descriptor of the folder lives on: so it is taken with a descriptor of its own.
        let opened = unsafe martlet_open_within(descriptor, ".")
        guard opened >= 0 else { throw Self.refusal(opened, "opening the folder") }
        let lock = Int32(truncatingIfNeeded: opened)
        defer { _ = martlet_close(lock) }
        guard martlet_lock(lock) >= 0 else { throw .busy }
        // What a process left behind that was ended while it wrote.
        let temporary = name + ".new"
        remove(temporary)
        do throws(Refusal) {
            try write(parts, to: temporary)
            let renamed = unsafe temporary.withCString { from in
                unsafe name.withCString { unsafe martlet_rename_at(descriptor, from, $0) }
            }
            guard renamed >= 0 else { throw Self.refusal(renamed, "renaming \(temporary)") }
        } catch {
            remove(temporary)
            throw error
        }
    }

    public func remove(_ name: String) { _ = unsafe name.withCString { unsafe martlet_remove_at(descriptor, $0) } }

    private func write(_ parts: [[UInt8]], to name: String) throws(Refusal) {
        let made = unsafe name.withCString { unsafe martlet_create_within(descriptor, $0) }
        guard made >= 0 else { throw Self.refusal(made, "making \(name)") }
        let file = DurableFile(descriptor: Int32(truncatingIfNeeded: made), path: name)
        do throws(SystemError) {
            for part in parts { try file.append(part) }
            try file.sync()
        } catch { throw Self.refusal(error) }
    }

    private static func facts(_ file: Int32) throws(Refusal) -> martlet_file_facts {
        var facts = martlet_file_facts()
        let result = unsafe martlet_file_facts(file, &facts)
        guard result >= 0 else { throw refusal(result, "looking at it") }
        guard facts.owner == martlet_user() else { throw .foreign(owner: facts.owner) }
        guard facts.mode & 0o077 == 0 else { throw .open(mode: facts.mode) }
        return facts
    }

    private static func refusal(_ result: Int, _ operation: String) -> Refusal { refusal(SystemError(result, operation)) }

    private static func refusal(_ error: SystemError) -> Refusal {
        switch error.errorNumber {
        case ENOENT: .missing
        // What O_NOFOLLOW and O_DIRECTORY say of links and files.
        case ELOOP, ENOTDIR: .otherKind
        case let number: .failed(errorNumber: number, operation: error.operation)
        }
    }

    /// The user whose files are believed.
    public static var user: UInt32 { martlet_user() }
}
