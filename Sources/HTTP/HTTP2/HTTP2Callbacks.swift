import CNGHTTP2

/// What nghttp2 calls. Each hands over to the session whose address it was given.
enum HTTP2Callbacks {
    static let ok: Int32 = 0
    static let failed = NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
    static let resetStream = NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE.rawValue
    static let pause = NGHTTP2_ERR_PAUSE.rawValue
    static let deferred = Int(NGHTTP2_ERR_DEFERRED.rawValue)

    static func make() -> OpaquePointer? {
        var made: OpaquePointer?
        guard unsafe nghttp2_session_callbacks_new(&made) == 0 else { return nil }
        unsafe nghttp2_session_callbacks_set_on_begin_frame_callback(made) { _, header, user in
            guard let header = unsafe header else { return HTTP2Callbacks.ok }
            return unsafe HTTP2Session(user).frameBegins(header.pointee)
        }
        unsafe nghttp2_session_callbacks_set_on_begin_headers_callback(made) { _, frame, user in
            guard let frame = unsafe frame else { return HTTP2Callbacks.ok }
            return unsafe HTTP2Session(user).blockBegins(frame.pointee.hd)
        }
        unsafe nghttp2_session_callbacks_set_on_header_callback(made) { _, _, name, nameCount, value, valueCount, _, user in
            guard let name = unsafe name, let value = unsafe value else { return HTTP2Callbacks.resetStream }
            return unsafe HTTP2Session(user).field(
                Span(_unsafeStart: name, count: nameCount), Span(_unsafeStart: value, count: valueCount))
        }
        // Without this a field that is not allowed would be left out instead of refused.
        unsafe nghttp2_session_callbacks_set_on_invalid_header_callback(made) { _, _, _, _, _, _, _, _ in
            HTTP2Callbacks.resetStream
        }
        unsafe nghttp2_session_callbacks_set_on_data_chunk_recv_callback(made) { _, _, id, start, count, user in
            unsafe HTTP2Session(user).dataCame(id, UInt(bitPattern: start), count)
        }
        unsafe nghttp2_session_callbacks_set_on_frame_recv_callback(made) { _, frame, user in
            guard let frame = unsafe frame else { return HTTP2Callbacks.ok }
            return unsafe HTTP2Session(user).frameCame(frame)
        }
        unsafe nghttp2_session_callbacks_set_on_stream_close_callback(made) { _, id, code, user in
            unsafe HTTP2Session(user).streamClosed(id, code)
        }
        unsafe nghttp2_session_callbacks_set_unpack_extension_callback(made) { _, _, _, _ in NGHTTP2_ERR_CANCEL.rawValue }
        unsafe setSending(made)
        return unsafe made
    }

    private static func setSending(_ made: OpaquePointer?) {
        unsafe nghttp2_session_callbacks_set_on_frame_send_callback(made) { _, frame, user in
            guard let frame = unsafe frame else { return HTTP2Callbacks.ok }
            return unsafe HTTP2Session(user).frameSent(frame)
        }
        unsafe nghttp2_session_callbacks_set_on_frame_not_send_callback(made) { _, frame, status, user in
            guard let frame = unsafe frame else { return HTTP2Callbacks.ok }
            return unsafe HTTP2Session(user).frameNotSent(frame, status)
        }
        unsafe nghttp2_session_callbacks_set_send_data_callback(made) { _, _, header, count, source, user in
            guard let header = unsafe header, let source = unsafe source else { return HTTP2Callbacks.failed }
            return unsafe HTTP2Session(user).writeData(
                Span(_unsafeStart: header, count: HTTP2Core.frameHeader), count, Int32(source.pointee.fd))
        }
    }

    /// Where a stream's body comes from: the offer of the `data` call that is under way, if it is for this row.
    static func provider(_ row: Int32) -> nghttp2_data_provider {
        unsafe nghttp2_data_provider(source: nghttp2_data_source(fd: row)) { _, _, _, longest, flags, source, user in
            guard let source = unsafe source, let flags = unsafe flags else { return HTTP2Callbacks.deferred }
            var all = UInt32(NGHTTP2_DATA_FLAG_NO_COPY.rawValue)
            let (count, isLast) = unsafe HTTP2Session(user).dataToSend(source.pointee.fd, longest)
            if isLast { all |= UInt32(NGHTTP2_DATA_FLAG_EOF.rawValue) }
            unsafe flags.pointee = all
            return count
        }
    }
}

extension HTTP2Session {
    /// nghttp2's `user_data`.
    init(_ user: UnsafeMutableRawPointer?) { self.init(address: UInt(bitPattern: user)) }
}
