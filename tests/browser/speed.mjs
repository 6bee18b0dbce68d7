// How soon pages answer, and how smoothly they scroll. Says it; wants a quiet machine.
//
//     node speed.mjs CHROMIUM PAGE…
//
// A page answers when something is painted and a press of the key n, of a real keyboard as far as the page can tell, has
// had its effect on the screen: presses are sent from the navigation on, each when the one before was taken, and the
// first one that the page makes its own counts, once the frame that follows it is done. The front page has no such key;
// there it is /. Scrolling is for three seconds each: 500 lines a second, faster than anybody reads, and all of the page,
// as who drags the scroll bar goes through it.
import { pathToFileURL } from 'node:url';
import { basename, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { openPage } from './site.mjs';

const [executablePath, ...pages] = process.argv.slice(2);
const RUNS = 5;
const LONG = 50; // ms: a frame that one sees
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const middle = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

// In the page, before any of its scripts: when each was answered, and the frames since.
const watch = () => {
    globalThis.answered = new Promise((done) => {
        addEventListener('keydown', (event) => {
            if (event.defaultPrevented) requestAnimationFrame(() => setTimeout(() => done(performance.now())));
        });
    });
    globalThis.answered.then(() => { globalThis.isAnswered = true; });
};

// Frames, in ms; from the top on at so many pixels a second, or through all of the page.
const scroll = async (speed) => {
    const end = document.documentElement.scrollHeight - innerHeight, frames = [], begin = performance.now();
    for (let last = begin; last < begin + 3000;) {
        scrollTo({ top: Math.min(speed ?? Infinity, end / 3) * (last - begin) / 1000, behavior: 'instant' });
        await new Promise(requestAnimationFrame);
        const now = performance.now();
        frames.push(now - last);
        last = now;
    }
    return frames;
};
const inWords = (frames) => `${frames.length} frames, ${frames.filter((frame) => frame > LONG).length} over ${LONG} ms, ` +
    `the middle ${middle(frames).toFixed(0)} ms, the longest ${Math.max(...frames).toFixed(0)} ms`;

async function measure(name) {
    const page = await openPage(browser);
    await page.addInitScript(watch);
    await page.goto(pathToFileURL(resolve(name)).href, { waitUntil: 'commit' });
    const key = basename(name) === 'index.html' ? '/' : 'n';
    while (!await page.evaluate(() => globalThis.isAnswered)) await page.keyboard.press(key);
    const found = await page.evaluate(async () => {
        const [navigation] = performance.getEntriesByType('navigation');
        return { answered: await globalThis.answered, elements: document.querySelectorAll('*').length,
            painted: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? Infinity,
            ready: navigation.domContentLoadedEventEnd };
    });
    const reading = await page.evaluate(scroll, 10000);
    await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
    const dragging = await page.evaluate(scroll);
    await page.context().close();
    return { ...found, interactive: Math.max(found.painted, found.answered), reading, dragging };
}

for (const name of pages) {
    const runs = [];
    for (let i = 0; i < RUNS; i++) runs.push(await measure(name));
    const of = (what) => middle(runs.map((run) => run[what])).toFixed(0);
    const most = (what) => Math.max(...runs.map((run) => run[what])).toFixed(0);
    console.log(`${basename(name)}: ${of('elements')} elements; painted after ${of('painted')} ms, a key answered after ` +
        `${of('interactive')} ms (of ${RUNS} at worst ${most('interactive')}); scrolling 500 lines a second: ` +
        `${inWords(runs.flatMap((run) => run.reading))}; all in 3 s: ${inWords(runs.flatMap((run) => run.dragging))}`);
}
await browser.close();
