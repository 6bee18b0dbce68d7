// A report: the whole site in one file, from disk, with scripts and without.
import { pathToFileURL } from 'node:url';
import { expect, expectNone } from '../expect.mjs';
import { withPage } from '../site.mjs';

const shown = (page) => page.$$eval('section.front, section.file', (sections) =>
    sections.filter((section) => section.getClientRects().length > 0).map((section) => section.id));

// From the front to the hottest line, to a caller's page and back, by nothing but links.
async function walk(page, report, site) {
    await page.goto(pathToFileURL(report).href, { waitUntil: 'load' });
    expect((await shown(page)).join() === 'front', `at first are shown: ${await shown(page)}`);
    const link = page.locator('section.front .hot tbody a').first();
    const target = await link.getAttribute('href');
    await link.click();
    expect((await shown(page)).join() === /^#(f\d+)L/.exec(target)[1], `${target} shows ${await shown(page)}`);
    const row = page.locator(target);
    expect(await row.isVisible(), `the line ${target} is not to be seen`);
    const text = await row.innerText();
    expect(text.includes(String(site.hottest.line)), `the hottest line is ${site.hottest.line}, and ${target} is ${text}`);
    await page.locator('section.file nav a >> visible=true').first().click();
    expect((await shown(page)).join() === 'front', `"All files" shows ${await shown(page)}`);
    expectNone(page.faults, 'errors');
    expectNone(page.requested.filter((url) => !url.startsWith(pathToFileURL(report).href)), 'things were loaded');
}

async function withScripts({ browser, site, report }) {
    await withPage(browser, {}, async (page) => {
        await walk(page, report, site);
        const name = site.hottest.file.module;
        await page.fill('input[type=search]', name);
        await page.locator('.found a').first().click();
        expect((await shown(page)).every((id) => id !== 'front'), 'the search leads to no file');
        const background = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
        const before = await background();
        await page.locator('.about button').click();
        expect(before !== await background(), 'the theme button does nothing');
        expectNone(page.faults, 'errors');
    });
}

async function withoutScripts({ browser, site, report }) {
    await withPage(browser, { javaScript: false }, async (page) => {
        await walk(page, report, site);
        const ids = await page.$$eval('section.file', (sections) => sections.length);
        expect(ids === site.data.files.length, `${ids} pages of ${site.data.files.length} files`);
        const numbers = await page.locator('section.file').first().locator('tr td:nth-child(2)').allTextContents();
        expect(numbers.length > 0, 'a page without numbers');
    });
}

// What is in the page cannot run, whatever it is.
async function policy({ browser, report }) {
    await withPage(browser, {}, async (page) => {
        await page.goto(pathToFileURL(report).href, { waitUntil: 'load' });
        await page.evaluate(() => {
            const script = document.createElement('script');
            script.textContent = 'document.title = "ran"';
            document.body.append(script);
            document.body.insertAdjacentHTML('beforeend', '<img src="http://127.0.0.1:9/x" onerror="document.title = \'ran\'">');
        });
        expect(await page.title() !== 'ran', 'a foreign script ran');
        for (const what of ['inline script', 'image', 'inline event handler'])
            expect(page.faults.some((fault) => fault.includes('Content Security Policy') && fault.includes(what)),
                `the policy does not refuse the ${what}: ${page.faults.join('; ')}`);
    });
}

export default {
    'a report opens from disk, and its links lead through it': withScripts,
    'a report is whole without scripts': withoutScripts,
    'a report runs and loads nothing foreign': policy,
};
