// A site on disk, the numbers it was made of, and the ways to open its pages.
import { readFileSync, readdirSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';

// What every site has, whatever it shows.
export function readPages(directory) {
    const root = resolve(directory);
    const files = readdirSync(root, { recursive: true }).map(String)
        .filter((name) => statSync(join(root, name)).isFile()).sort();
    const pages = files.filter((name) => name.endsWith('.html'));
    const address = pathToFileURL(root).href + '/';
    return {
        address,
        files, // relative to it
        pages,
        samples: pages, // those that are looked at closely
        url: (name) => address + name, // names of pages need no escapes
        path: (name) => join(root, name),
    };
}

export function readSite(directory, json) {
    const data = JSON.parse(readFileSync(json, 'utf8'));
    const withText = data.files.filter((file) => file.source !== 'missing');
    const without = data.files.filter((file) => file.source === 'missing');
    const hottest = data.files.flatMap((file) => file.lines.map((line) => ({ ...line, file })))
        .sort((a, b) => b.self - a.self)[0];
    return {
        ...readPages(directory),
        data,
        hottest, // a line, with its file
        // One page of each kind.
        samples: ['index.html', hottest.file.page, ...[withText, without].map(coldest).filter(Boolean)]
            .filter((page, index, all) => all.indexOf(page) === index),
        file: (page) => data.files.find((file) => file.page === page),
    };
}

function coldest(files) {
    return [...files].sort((a, b) => a.self - b.self || a.total - b.total)[0]?.page;
}

// A page that remembers what went wrong in it: page.faults, sentences.
export async function openPage(browser, { javaScript = true, width = 1200, height = 860, scheme = 'light' } = {}) {
    const context = await browser.newContext({
        javaScriptEnabled: javaScript,
        viewport: { width, height },
        colorScheme: scheme,
        reducedMotion: 'reduce',
    });
    const page = await context.newPage();
    page.setDefaultTimeout(60_000); // the machine may be busy
    page.faults = [];
    page.requested = [];
    page.on('pageerror', (error) => page.faults.push(`${page.url()}: ${error}`));
    page.on('console', (message) => {
        if (message.type() === 'error' || message.type() === 'warning')
            page.faults.push(`${page.url()}: ${message.text()}`);
    });
    page.on('requestfailed', (request) => {
        const { errorText } = request.failure();
        if (errorText !== 'net::ERR_ABORTED') page.faults.push(`${request.url()}: ${errorText}`); // we went on meanwhile
    });
    page.on('request', (request) => page.requested.push(request.url()));
    return page;
}

// Runs `use(page)` with a page of a context of its own.
export async function withPage(browser, options, use) {
    const page = await openPage(browser, options);
    try {
        return await use(page);
    } finally {
        await page.context().close();
    }
}

const TYPES = { '.html': 'text/html; charset=utf-8', '.css': 'text/css', '.js': 'text/javascript', '.svg': 'image/svg+xml' };

// Serves the site as a strict static host would, from below a path. Runs `use(address)`.
export async function withServer(site, policy, use) {
    const below = '/profiles/today/';
    const server = createServer((request, response) => {
        const name = decodeURIComponent(new URL(request.url, 'http://host').pathname);
        const file = name.startsWith(below) && (name.slice(below.length) || 'index.html');
        if (!file || !site.files.includes(file)) {
            response.writeHead(404).end();
            return;
        }
        response.writeHead(200, {
            'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
            'Content-Security-Policy': policy,
            'X-Content-Type-Options': 'nosniff',
        });
        response.end(readFileSync(site.path(file)));
    });
    await new Promise((done) => server.listen(0, '127.0.0.1', done));
    try {
        return await use(`http://127.0.0.1:${server.address().port}${below}`);
    } finally {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
    }
}
