/// The page at `/`: reads /stats once a second and draws it. Values enter the page as text, never as markup.
enum Dashboard {
    static let html = """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>Martlet</title>
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <style>
          body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #223; background: #fff }
          h1 { font-size: 1.3rem } h2 { font-size: 1rem; margin-top: 2rem } a { color: #257 }
          table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid #dde }
          td.n, th.n { text-align: right; font-variant-numeric: tabular-nums } .bad { color: #b22 }
          @media (prefers-color-scheme: dark) { body { color: #dde; background: #14161c } td, th { border-color: #334 } a { color: #8be } }
        </style></head><body>
        <h1>Martlet</h1>
        <p id="state">…</p>
        <p><a href="/graph">graph</a> · <a href="/stats">stats</a> · <a href="/config">config</a> · <a href="/metrics">metrics</a></p>
        <form action="/explain"><label>Why? <input name="method" value="GET" size="6"> <input name="url" size="50"
          placeholder="http://shop.example.com/cart" required></label> <button>Explain</button></form>
        <div id="tables"></div>
        <script>
        const state = document.getElementById('state'), tables = document.getElementById('tables')
        let before = null
        function cell(row, tag, text, isNumber) {
          const cell = document.createElement(tag); cell.textContent = text; if (isNumber) cell.className = 'n'; row.append(cell)
        }
        function table(title, rows) {
          const heading = document.createElement('h2'); heading.textContent = title
          const table = document.createElement('table'), names = Object.keys(rows[0]), head = table.insertRow()
          for (const name of names) cell(head, 'th', name, typeof rows[0][name] === 'number')
          for (const row of rows) {
            const line = table.insertRow()
            for (const name of names) cell(line, 'td', row[name] ?? '', typeof row[name] === 'number')
          }
          tables.append(heading, table)
        }
        async function refresh() {
          try {
            const stats = await (await fetch('/stats')).json(), now = performance.now()
            const plain = Object.entries(stats).filter(([, value]) => typeof value !== 'object')
            const rate = before ? (stats.requests - before.requests) * 1000 / (now - before.at) : 0
            state.className = ''
            state.textContent = plain.map(([name, value]) => name + ' ' + value).join(' · ') + ' · ' + rate.toFixed(0) + ' requests/s'
            before = { requests: stats.requests, at: now }
            tables.replaceChildren()
            for (const [name, value] of Object.entries(stats)) if (Array.isArray(value) && value.length) table(name, value)
          } catch (error) { state.className = 'bad'; state.textContent = 'no answer: ' + error.message }
        }
        refresh(); setInterval(refresh, 1000)
        </script></body></html>

        """
}
