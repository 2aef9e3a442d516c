import ArgumentParser
import Documents

/// A time on the command line, as everywhere else (GEP-2257): `5s`, `1m30s`, `500ms`; also `0`.
struct DurationOption: ExpressibleByArgument, CustomStringConvertible, Equatable {
    var duration: Duration

    init(_ duration: Duration) { self.duration = duration }

    init?(argument: String) {
        guard let duration = argument == "0" ? .zero : Scalars.duration(argument) else { return nil }
        self.init(duration)
    }

    var description: String { Scalars.text(of: duration) }
    var defaultValueDescription: String { description }
}
