@testable import LastGood

/// Snapshot files: the reader never traps, and what it reads it would write again.
///
/// The input is the file's text behind its first line, so that the checksum is no wall in front of everything else; a second reading takes the
/// input as the whole file.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ data: UnsafePointer<UInt8>, _ size: Int) -> CInt {
    let bytes = Array(UnsafeBufferPointer(start: data, count: size))
    _ = try? SnapshotFile(bytes, hash: LastGood.hash)
    let first = Array("\(SnapshotFile.magic) \(SnapshotFile.version) \(LastGood.hash([bytes]))\n".utf8)
    guard let file = try? SnapshotFile(first + bytes, hash: LastGood.hash) else { return 0 }
    let parts = SnapshotFile.parts(
        file.header, program: "", lines: file.objects.map { $0.value.json + [0x0a] }, hash: LastGood.hash)
    guard let again = try? SnapshotFile(Array(parts.joined()), hash: LastGood.hash), again.header == file.header,
        again.objects.count == file.objects.count
    else { fatalError("what was read is not what would be written") }
    return 0
}
