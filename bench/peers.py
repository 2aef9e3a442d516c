"""The peers, each with the features on that Martlet has by default: access log, forwarding headers, a request id, reuse of connections.

All of them speak HTTP/1.1 and HTTP/2 without TLS, HTTP/1.1 and HTTP/2 with TLS, send files' paths to the origin of files over HTTP/1.1,
/bench.Echo/ to the origin of gRPC over HTTP/2, and WebSockets of /chat to theirs.
"""
from contenders import CHAT_ORIGIN_PORT, GRPC_ORIGIN_PORT, HOST, ORIGIN_PORT, ROOT, Contender, certificate


def nginx(directory, core, port=18081, workers=1, name="nginx"):
    cert, key, _ = certificate(directory)
    tls_port, h2c_port = port + 360, port + 370
    locations = f"""
    location / {{ proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";
      proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Request-Id $request_id; }}
    location /chat {{ proxy_pass http://127.0.0.1:{CHAT_ORIGIN_PORT}; proxy_http_version 1.1; proxy_set_header Host $host;
      proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection upgrade; }}
    location /bench.Echo/ {{ grpc_pass grpc://echo; grpc_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      grpc_set_header X-Request-Id $request_id; }}"""
    conf = directory / f"{name}.conf"
    # nginx 1.22 takes HTTP/2 without TLS only on a port that speaks nothing else.
    conf.write_text(
        f"""daemon off; worker_processes {workers}; pid {directory}/{name}.pid; error_log {directory}/{name}.err;
events {{ worker_connections 20000; }}
http {{
  log_format bench '$remote_addr [$time_iso8601] "$request" $status $body_bytes_sent $request_time $upstream_addr $request_id';
  access_log {directory}/{name}.log bench buffer=64k; keepalive_requests 100000000;
  upstream origin {{ server 127.0.0.1:{ORIGIN_PORT}; keepalive 256; keepalive_requests 100000000; }}
  upstream echo {{ server 127.0.0.1:{GRPC_ORIGIN_PORT}; keepalive 256; keepalive_requests 100000000; }}
  ssl_certificate {cert}; ssl_certificate_key {key}; ssl_protocols TLSv1.2 TLSv1.3;
  server {{ listen 127.0.0.1:{port} backlog=4096; listen 127.0.0.1:{tls_port} ssl http2 backlog=4096;
    server_name {HOST} 127.0.0.1; {locations} }}
  server {{ listen 127.0.0.1:{h2c_port} http2 backlog=4096; server_name {HOST} 127.0.0.1; {locations} }} }}"""
    )
    command = ["nginx", "-p", str(directory), "-c", str(conf)]
    return Contender(name, port, command, core, directory, tls_port=tls_port, h2c_port=h2c_port)


def haproxy(directory, core, port=18082, workers=1, name="haproxy"):
    _, _, pem = certificate(directory)
    tls_port = port + 360
    conf = directory / f"{name}.cfg"
    conf.write_text(
        f"""global
  nbthread {workers}
  maxconn 11000
  no strict-limits
  log stdout format raw local0
  ssl-default-bind-options ssl-min-ver TLSv1.2
defaults
  mode http
  log global
  option httplog
  option forwardfor
  timeout connect 5s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend in
  bind 127.0.0.1:{port}
  bind 127.0.0.1:{tls_port} ssl crt {pem} alpn h2,http/1.1
  unique-id-format %[uuid()]
  unique-id-header X-Request-Id
  http-request set-header X-Forwarded-Proto http
  use_backend chat if {{ hdr(host),field(1,:) -i {HOST} }} {{ path_beg /chat }}
  use_backend echo if {{ hdr(host),field(1,:) -i {HOST} }} {{ path_beg /bench.Echo/ }}
  use_backend origin if {{ hdr(host),field(1,:) -i {HOST} }}
backend origin
  server o 127.0.0.1:{ORIGIN_PORT} pool-max-conn 512
backend chat
  server c 127.0.0.1:{CHAT_ORIGIN_PORT}
backend echo
  server e 127.0.0.1:{GRPC_ORIGIN_PORT} proto h2
"""
    )
    return Contender(name, port, ["haproxy", "-db", "-f", str(conf)], core, directory, tls_port=tls_port)


def envoy(directory, core, port=18084, workers=1, name="envoy"):
    cert, key, _ = certificate(directory)
    tls_port = port + 360
    conf = directory / f"{name}.yaml"
    manager = f"""
        - name: envoy.filters.network.http_connection_manager
          typed_config:
            "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
            stat_prefix: bench
            codec_type: AUTO
            use_remote_address: true
            upgrade_configs: [{{upgrade_type: websocket}}]
            access_log:
            - name: envoy.access_loggers.file
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                path: {directory}/{name}.log
            http_filters:
            - name: envoy.filters.http.router
              typed_config: {{"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}}
            route_config:
              virtual_hosts:
              - name: bench
                domains: ["{HOST}", "{HOST}:*"]
                routes:
                - {{match: {{prefix: "/bench.Echo/"}}, route: {{cluster: echo}}}}
                - {{match: {{prefix: "/chat"}}, route: {{cluster: chat}}}}
                - {{match: {{prefix: "/"}}, route: {{cluster: origin}}}}"""
    conf.write_text(
        f"""static_resources:
  listeners:
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}
    filter_chains:
    - filters: {manager}
  - address: {{socket_address: {{address: 127.0.0.1, port_value: {tls_port}}}}}
    filter_chains:
    - transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          common_tls_context:
            alpn_protocols: [h2, http/1.1]
            tls_certificates: [{{certificate_chain: {{filename: {cert}}}, private_key: {{filename: {key}}}}}]
      filters: {manager}
  clusters:
  - name: origin
    type: STATIC
    circuit_breakers: {{thresholds: [{{max_connections: 4096, max_pending_requests: 4096, max_requests: 4096}}]}}
    load_assignment: {_endpoint("origin", ORIGIN_PORT)}
  - name: chat
    type: STATIC
    load_assignment: {_endpoint("chat", CHAT_ORIGIN_PORT)}
  - name: echo
    type: STATIC
    circuit_breakers: {{thresholds: [{{max_connections: 4096, max_pending_requests: 4096, max_requests: 4096}}]}}
    typed_extension_protocol_options:
      envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
        "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
        explicit_http_config: {{http2_protocol_options: {{}}}}
    load_assignment: {_endpoint("echo", GRPC_ORIGIN_PORT)}
"""
    )
    binaries = list((ROOT / ".build/tools/bench").glob("lib/python3*/site-packages/envoy/_bin/envoy"))
    if not binaries:
        raise SystemExit("bench: no Envoy in .build/tools/bench; run scripts/setup --bench")
    command = [str(binaries[0]), "-c", str(conf), "--concurrency", str(workers), "--disable-hot-restart", "--log-level", "warning"]
    return Contender(name, port, command, core, directory, tls_port=tls_port)


def _endpoint(cluster, port):
    address = f"{{address: {{socket_address: {{address: 127.0.0.1, port_value: {port}}}}}}}"
    return f"{{cluster_name: {cluster}, endpoints: [{{lb_endpoints: [{{endpoint: {address}}}]}}]}}"
