import Base
import HTTP

/// One end of an exchange: how its message comes in and how the other message goes out. With HTTP/1 a connection has one at a time.
struct StreamRow: SlabElement {
    var socket: Int32 = -1
    var exchange: Int32 = -1
    /// Reads the message that comes from this end.
    var decoder = BodyDecoder.none
    /// How the message that goes to this end is delimited.
    var framing = Framing.none
    /// Bytes that a counted message still owes this end.
    var owed: UInt64 = 0
    /// The head of the incoming message was read; 1xx do not count.
    var hasHead = false
    /// All of the incoming message was read, or no more of it is wanted.
    var isInputDone = false
    /// All of the outgoing message was handed to the socket.
    var isOutputDone = false
    /// The peer takes nothing any longer, though it may still say something.
    var isBroken = false
    /// The peer keeps the connection after this message.
    var keepsAlive = false
    /// The trailer section as it comes in.
    var trailers = Block.none
    var trailerLength: Int32 = 0

    init() {}
}
