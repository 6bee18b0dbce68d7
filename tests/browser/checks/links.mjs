// Where links lead.
import { expect, expectNone } from '../expect.mjs';
import { withPage } from '../site.mjs';
import { readLines } from './content.mjs';

async function allPages({ browser, sites }) {
    const links = [];
    for (const site of sites) links.push(await openAll(browser, site));
    expect(links[0] > 500, 'only', links[0], 'links');
    return `${links.join(', ')} links`;
}

// Every page of a site, opened once: what went wrong, what was asked for, ids and links.
async function openAll(browser, site) {
    const faults = [], outside = [], ids = {}, links = [];
    await withPage(browser, {}, async (page) => {
        for (const name of site.pages) {
            await page.goto(site.url(name));
            const found = await page.evaluate(() => ({
                ids: [...document.querySelectorAll('[id]')].map((element) => element.id),
                links: [...document.querySelectorAll('a[href], link[href], script[src], img[src]')]
                    .map((element) => element.href || element.src),
            }));
            ids[name] = new Set(found.ids);
            if (ids[name].size !== found.ids.length) faults.push(`${name}: an id is there twice`);
            links.push(...found.links.map((link) => [name, link]));
        }
        faults.push(...page.faults);
        outside.push(...page.requested.filter((address) => !address.startsWith(site.address)));
    });
    expectNone(faults, 'errors');
    expectNone(outside, 'requests leave the site');

    const nowhere = links.filter(([, link]) => {
        const [address, fragment = ''] = link.split('#');
        const id = fragment.split('&')[0]; // behind it is what is chosen
        if (!address.startsWith(site.address)) return true;
        const name = decodeURIComponent(address.slice(site.address.length));
        return !site.files.includes(name) || (id && !ids[name]?.has(decodeURIComponent(id)));
    });
    expectNone(nowhere.map(([from, to]) => `${from}: ${to}`), 'links lead nowhere');
    return links.length;
}

// The element of the address's line is :target, can be seen, and nothing lies over its number.
async function expectAtLine(page, url) {
    await page.waitForURL(url);
    await page.waitForTimeout(100);
    const seen = await page.evaluate(() => {
        const target = document.querySelector(':target');
        if (!target || target.id !== location.hash.slice(1)) return 'it is not the target';
        const anchor = target.matches('a') ? target : target.querySelector('a');
        const box = anchor.getBoundingClientRect();
        if (box.width === 0 || box.top < 0 || box.bottom > innerHeight) return `its number is at ${JSON.stringify(box)}`;
        const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
        return anchor.contains(top) ? '' : `${top?.outerHTML.slice(0, 80)} lies over it`;
    });
    expect(seen === '', url, seen);
}

async function hottestLine({ browser, site }) {
    const { file, line } = site.hottest;
    const href = `${file.page}#L${line}`;
    for (const javaScript of [true, false]) {
        for (const width of [1200, 360]) {
            await withPage(browser, { javaScript, width }, async (page) => {
                await page.goto(site.url('index.html'));
                const first = page.locator('a[href*="#L"]').first();
                expect(await first.getAttribute('href') === href, 'the first line linked is not', href);
                await first.click();
                await expectAtLine(page, site.url(href));
            });
        }
    }
    return href;
}

// Also to one in the middle of a long file, and to one that is folded away.
async function permalinks({ browser, site }) {
    const last = (file) => file.lines.at(-1)?.line ?? 0;
    const file = [...site.data.files].filter((file) => file.source === 'embedded').sort((a, b) => last(b) - last(a))[0];
    const middle = file.lines[file.lines.length >> 1].line;
    for (const javaScript of [true, false]) {
        for (const width of [1200, 360]) {
            await withPage(browser, { javaScript, width }, async (page) => {
                await page.goto(site.url(file.page));
                const folded = await page.locator('.cold pre a').nth(1).getAttribute('id');
                for (const id of [`L${middle}`, folded]) {
                    await page.goto('about:blank');
                    await page.goto(site.url(`${file.page}#${id}`));
                    await expectAtLine(page, site.url(`${file.page}#${id}`));
                }
            });
        }
    }
    return `${file.page}#L${middle}`;
}

// Of the calls that a page shows as links, those to be tried: all of one file's would take long.
const TRIED = 12;

async function follow(browser, site, from, hrefs, arrived) {
    expect(hrefs.length > 0, 'no links on', from);
    await withPage(browser, { javaScript: false }, async (page) => {
        for (const href of hrefs.slice(0, TRIED)) {
            await page.goto(site.url(from));
            const link = page.locator(`main td:last-child a[href="${href}"]`).first();
            // One that is behind "+n" is shown first, as a reader would: by that, or by the line's number.
            if (!(await link.isVisible())) {
                const more = link.locator('xpath=ancestor::ul').locator('.m a');
                await (await more.isVisible() ? more : link.locator('xpath=ancestor::tr').locator('th a')).click();
            }
            await link.click();
            const url = new URL(href, site.url(from)).href;
            await expectAtLine(page, url);
            await arrived(page, decodeURIComponent(url.split('#')[0].slice(site.address.length)), Number(url.split('#L')[1]));
        }
    });
}

const linksIn = (browser, site, from, selector) =>
    withPage(browser, { javaScript: false }, async (page) => {
        await page.goto(site.url(from));
        const hrefs = await page.locator(selector).evaluateAll((all) => all.map((a) => a.getAttribute('href')));
        return [...new Set(hrefs)];
    });

async function callees({ browser, site }) {
    const from = site.hottest.file.page;
    let definitions = 0;
    const busiest = site.data.calls.filter((call) => call.callee.path !== call.caller.path)[0];
    for (const page of new Set([from, site.data.files.find((file) => file.path === busiest.caller.path).page])) {
        await follow(browser, site, page, await linksIn(browser, site, page, '.o > li:not(.m) > a'), async (there, name, line) => {
            const file = site.file(name);
            if (file.source !== 'embedded') return;
            const text = (await readLines(there))[line].source;
            expect(/^\s*(async\s+def|def|class|@)|\blambda\b|\bfor\b/.test(text), name, line, 'is no definition:', text);
            definitions++;
        });
    }
    expect(definitions > 0, 'no callee had a text');
    return `${definitions} callees`;
}

async function callers({ browser, site }) {
    const from = site.hottest.file.page, path = site.hottest.file.path;
    let arrived = 0;
    await follow(browser, site, from, await linksIn(browser, site, from, '.i > li:not(.m) > a'), async (there, name, line) => {
        const caller = site.file(name);
        expect(site.data.calls.some((call) => call.caller.path === caller.path && call.caller.line === line &&
            call.callee.path === path), name, line, 'calls nothing in', path);
        arrived++;
    });
    return `${arrived} callers`;
}

export default {
    'all pages open from disk without an error, all links lead somewhere': allPages,
    'the front page leads to the hottest line': hottestLine,
    'the address of a line leads to it': permalinks,
    'callees lead to definitions': callees,
    'callers lead to the lines that call': callers,
};
