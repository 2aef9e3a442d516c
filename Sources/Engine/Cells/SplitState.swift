import Balancing
import Base

/// A rule's arms at the moment, in one immutable block that is replaced as a whole.
@unsafe struct SplitState {
    /// Which arms they are; see `signature(of:)`.
    var signature: UInt64
    var count: Int

    /// Lays out a block; free it with `deallocate()` of its address.
    static func make(_ shares: [ArmShare]) -> UnsafeMutablePointer<SplitState> {
        let header = unsafe MemoryLayout<SplitState>.stride
        let block = UnsafeMutableRawPointer.allocate(
            byteCount: header + MemoryLayout<ArmShare>.stride * shares.count, alignment: 16)
        let rows = unsafe (block + header).bindMemory(to: ArmShare.self, capacity: max(1, shares.count))
        for i in shares.indices { unsafe (rows + i).initialize(to: shares[i]) }
        let state = unsafe block.bindMemory(to: SplitState.self, capacity: 1)
        unsafe state.initialize(to: SplitState(signature: signature(of: shares), count: shares.count))
        return unsafe state
    }

    /// Tells arms of other names, or in another order, apart.
    static func signature(of shares: [ArmShare]) -> UInt64 {
        shares.reduce(UInt64(shares.count)) { ($0 ^ $1.key).spread }
    }
}

/// The shares lie in the same block, behind the header.
extension UnsafePointer where Pointee == SplitState {
    var shares: UnsafePointer<ArmShare> { unsafe UnsafeRawPointer(self + 1).assumingMemoryBound(to: ArmShare.self) }
}
