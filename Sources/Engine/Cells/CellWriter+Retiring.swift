import Base
import Graph
import Pipeline
import Synchronization

// MARK: - Endpoints' slots

extension Writer {
    mutating func newEndpoint(_ place: Place, _ cluster: Int32) -> EndpointHandle? {
        guard let index = endpoints.allocate() else { return nil }
        let cell = unsafe endpoints.view.pointer(index)
        unsafe cell.pointee.address = place.address
        unsafe cell.pointee.port = place.port
        unsafe cell.pointee.cluster = cluster
        unsafe cell.pointee.requests.store(0, ordering: .relaxed)
        unsafe cell.pointee.ejection.store(0, ordering: .relaxed)
        unsafe cell.pointee.latency.store(0, ordering: .relaxed)
        unsafe cell.pointee.firstSeen.store(0, ordering: .relaxed)
        unsafe cell.pointee.flags.store(0, ordering: .relaxed)
        let generation = unsafe cell.pointee.generation.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
        return EndpointHandle(index: index, generation: generation)
    }

    mutating func retire(_ handle: EndpointHandle, _ epochs: Epochs) {
        let removed = EndpointFlags.removed.rawValue
        endpoints.view[handle.index].flags.bitwiseOr(removed, ordering: .releasing)
        retired.append((epochs.advance(), .endpoint(handle.index)))
    }

    mutating func dropCluster(_ id: ClusterID, _ index: Int32, _ epochs: Epochs) {
        guard let slot = clusterSlots[id], slot.index == index else { return }
        clusterSlots[id]?.uses -= 1
        guard slot.uses == 1 else { return }
        clusterSlots[id] = nil
        namedClusters.remove(id)
        sealedClusters.remove(id)
        if checkedClusters.remove(id) != nil { checksChanged() }
        for (_, handle) in slot.admitted { retire(handle, epochs) }
        retireBlock(clusters.view[index].state.exchange(0, ordering: .acquiringAndReleasing), epochs)
        dropDetour(of: id, index, epochs)
        if let connector = slot.connector { retired.append((epochs.advance(), .connector(connector))) }
        retired.append((epochs.advance(), .cluster(index)))
        collect(epochs)
    }
}

// MARK: - Freeing

extension Writer {
    mutating func retireBlock(_ address: UInt, _ epochs: Epochs) {
        if address != 0 { retired.append((epochs.advance(), .block(address))) }
    }

    /// Frees what every worker has forgotten.
    mutating func collect(_ epochs: Epochs) {
        guard !retired.isEmpty else { return }
        let oldest = epochs.oldest
        let waiting = retired
        retired = waiting.filter { item in item.epoch > oldest || !free(item.what) }
    }

    /// False when it is still in use.
    private func free(_ what: Retired) -> Bool {
        switch what {
        case .block(let address): unsafe UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
        case .endpoint(let index):
            guard endpoints.view[index].inFlight.load(ordering: .acquiring) == 0 else { return false }
            // From here on older handles are stale.
            endpoints.view[index].generation.wrappingAdd(1, ordering: .acquiringAndReleasing)
            endpoints.release(index)
        case .cluster(let index):
            // Connections outlive it: they are counted until they are closed.
            guard clusters.view[index].load.isIdle else { return false }
            clusters.release(index)
        case .split(let index): splits.release(index)
        case .terminator(let index): terminators.release(index)
        case .counter(let index):
            detourRows.view[index].requests.store(0, ordering: .relaxed)
            detourRows.release(index)
        case .certificates, .connector: break
        }
        return true
    }

    /// The registry goes: no worker is left.
    mutating func freeEverything() {
        for case (_, .block(let address)) in retired { unsafe UnsafeMutableRawPointer(bitPattern: address)?.deallocate() }
        retired = []
        for slot in clusterSlots.all {
            free(blockOf: clusters.view[slot.index].state)
            free(blockOf: clusters.view[slot.index].detour)
        }
        for slot in splitSlots.values { free(blockOf: splits.view[slot.index].state) }
    }

    private func free(blockOf state: borrowing Atomic<UInt>) {
        unsafe UnsafeMutableRawPointer(bitPattern: state.exchange(0, ordering: .relaxed))?.deallocate()
    }
}
