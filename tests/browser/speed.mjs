// How soon pages answer, and how smoothly they scroll. Says it; wants a quiet machine.
//
//     node speed.mjs CHROMIUM PAGE…
import { pathToFileURL } from 'node:url';
import { basename, resolve } from 'node:path';
import { chromium } from 'playwright-core';
import { openPage } from './site.mjs';

const [executablePath, ...pages] = process.argv.slice(2);
const RUNS = 5;
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
const middle = (numbers) => [...numbers].sort((a, b) => a - b)[numbers.length >> 1];

// From the start of the navigation until the scripts are done, and a key has been answered.
async function measure(name) {
    const page = await openPage(browser);
    await page.goto(pathToFileURL(resolve(name)).href);
    const loaded = await page.evaluate(async () => {
        const [entry] = performance.getEntriesByType('navigation');
        await new Promise((done) => setTimeout(done)); // behind what waits already
        return { ready: entry.domContentLoadedEventEnd, idle: performance.now(),
            elements: document.querySelectorAll('*').length };
    });
    const answered = await page.evaluate(async () => {
        const begin = performance.now();
        document.dispatchEvent(new KeyboardEvent('keydown', { key: 'n', bubbles: true }));
        await new Promise(requestAnimationFrame);
        await new Promise((done) => setTimeout(done)); // the frame has been drawn
        return performance.now() - begin;
    });
    const scrolled = await page.evaluate(async () => {
        const frames = [];
        const end = document.documentElement.scrollHeight;
        let last = performance.now();
        for (let i = 1; i <= 60; i++) {
            scrollTo(0, (end * i) / 60);
            await new Promise(requestAnimationFrame);
            frames.push(performance.now() - last);
            last = performance.now();
        }
        frames.sort((a, b) => a - b);
        return { middle: frames[30], worst: frames.at(-1) };
    });
    await page.context().close();
    return { ...loaded, answered, ...scrolled };
}

for (const name of pages) {
    const runs = [];
    for (let i = 0; i < RUNS; i++) runs.push(await measure(name));
    const of = (what) => middle(runs.map((run) => run[what])).toFixed(0);
    console.log(`${basename(name)}: ${of('elements')} elements; ready after ${of('ready')} ms, idle after ${of('idle')} ms; ` +
        `a key is answered in ${of('answered')} ms; a frame while scrolling ${of('middle')} ms, at worst ${of('worst')} ms`);
}
await browser.close();
