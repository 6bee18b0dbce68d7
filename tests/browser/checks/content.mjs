// What is written on the pages: the numbers, the source, well-formed markup, few bytes.
import { readFileSync, statSync } from 'node:fs';
import { HtmlValidate } from 'html-validate';
import { expect, expectNone } from '../expect.mjs';
import { withPage } from '../site.mjs';

// The lines of a file's page as text, folded ones included: { number: {self, total, source} }.
export function readLines(page) {
    return page.evaluate(() => {
        const lines = {};
        for (const row of document.querySelectorAll('main tr[id]')) {
            const [self, total, source] = [...row.querySelectorAll('td')].map((cell) => cell.textContent);
            lines[row.id.slice(1)] = { self: self.trim(), total: total.trim(), source };
        }
        for (const anchor of document.querySelectorAll('main pre a[id]')) {
            let source = '';
            for (let node = anchor.nextSibling; node && node.nodeName !== 'A'; node = node.nextSibling)
                source += node.textContent;
            lines[anchor.id.slice(1)] = { self: '', total: '', source: source.replace(/\n$/, '') };
        }
        return lines;
    });
}

// Does a number on a page, rounded as it is, stand for this count? Nothing stands for 0.
function saysCount(shown, count, n) {
    if (count === 0 || shown === '') return count === 0 && shown === '';
    if (shown === '<.01') return count / n < 0.0001;
    const decimals = (shown.split('.')[1] ?? '').length;
    return Math.abs(Number(shown) - (100 * count) / n) <= 0.5 * 10 ** -decimals + 1e-9;
}

async function numbers({ browser, site }) {
    const wrong = [];
    let compared = 0;
    await withPage(browser, { javaScript: false }, async (page) => {
        for (const file of site.data.files) {
            await page.goto(site.url(file.page));
            const shown = await readLines(page);
            const counted = Object.fromEntries(file.lines.map((line) => [line.line, line]));
            for (const number of new Set([...Object.keys(shown), ...Object.keys(counted)])) {
                const { self, total } = shown[number] ?? { self: 'no line', total: 'no line' };
                const line = counted[number] ?? { self: 0, total: 0 };
                compared++;
                if (!saysCount(self, line.self, site.data.samples.count) ||
                    !saysCount(total, line.total, site.data.samples.count))
                    wrong.push(`${file.page} line ${number}: shows ${self}, ${total}; counted ${line.self}, ${line.total}`);
            }
        }
    });
    expectNone(wrong, 'lines show other numbers than --json');
    expect(compared > 1000, 'only', compared, 'lines');
    return `${compared} lines of ${site.data.files.length} files`;
}

async function source({ browser, site }) {
    let compared = 0;
    const wrong = [];
    await withPage(browser, { javaScript: false }, async (page) => {
        for (const file of site.data.files.filter((file) => file.source === 'embedded')) {
            const text = readFileSync(file.path, 'utf8').split(/\r\n|\r|\n/);
            if (text.at(-1) === '') text.pop();
            await page.goto(site.url(file.page));
            const shown = await readLines(page);
            for (const [index, line] of text.entries()) {
                compared++;
                // Control characters are shown as their pictures.
                const printed = line.replace(/\f/g, '\u240c');
                if (shown[index + 1]?.source !== printed)
                    wrong.push(`${file.page} line ${index + 1}: ${JSON.stringify(shown[index + 1]?.source)} for ${JSON.stringify(line)}`);
            }
            if (Object.keys(shown).length !== text.length)
                wrong.push(`${file.page}: ${Object.keys(shown).length} lines of ${text.length}`);
        }
    });
    expectNone(wrong, 'lines show another text than the file');
    expect(compared > 1000, 'only', compared, 'lines');
    return `${compared} lines`;
}

// HTML lets out the end of a row that another row or the end of its part follows, and of a paragraph at the end of a
// cell; the validator does not know that.
function withRowEnds(text) {
    let inRow = false, inParagraph = false;
    return text.replace(/<tr\b|<\/tr>|<\/?(?:tbody|thead|table|p|ul)\b/g, (tag) => {
        if (inRow && /^<\/?(p|ul)$/.test(tag)) {
            inParagraph = tag === '<p';
            return tag;
        }
        const end = (inRow && inParagraph ? '</p>' : '') + (inRow && tag !== '</tr>' && !/p|ul/.test(tag) ? '</tr>' : '');
        inParagraph = false;
        inRow = tag === '<tr' || (inRow && /^<\/?(p|ul)$/.test(tag));
        return end + tag;
    });
}

async function markup({ sites }) {
    const validator = new HtmlValidate({
        extends: ['html-validate:standard'],
        rules: {
            // Bytes count on pages of ten thousand lines: what HTML lets out is left out.
            'attr-quotes': 'off',
            'no-implicit-close': 'off',
            'doctype-style': 'off',
            'long-title': 'off', // the names of commands and modules are as long as they are
            'no-inline-style': 'error',
        },
    });
    const wrong = [];
    const paths = sites.flatMap((site) => site.pages.map(site.path));
    for (const path of paths) {
        const report = await validator.validateString(withRowEnds(readFileSync(path, 'utf8')), path);
        for (const { messages } of report.results)
            wrong.push(...messages.map((m) => `${path}:${m.line}:${m.column}: ${m.ruleId}: ${m.message}`));
    }
    expectNone(wrong, 'faults in the markup');
    return `${paths.length} pages`;
}

// What a site may weigh: its style and scripts, and of each page what it shows; and apart from that what the search looks
// through and filters count from, which is loaded when it is wanted.
function weight({ site }) {
    const size = (name) => statSync(site.path(name)).size;
    const isData = (name) => ['index.js', 'recording.js', 'search-data.js'].includes(name) || /\/.*\.js$/.test(name);
    const assets = site.files.filter((name) => !name.endsWith('.html') && !isData(name)).reduce((sum, name) => sum + size(name), 0);
    const source = (name) => site.data.files.find((file) => file.page.replace(/html$/, 'js') === name && file.source === 'embedded');
    const heavy = site.files.filter(isData)
        .filter((name) => size(name) > Math.max((name === 'index.js' ? 1024 : 256) * 1024, source(name) ? statSync(source(name).path).size : 0));
    expectNone(heavy, 'scripts with data are too large');
    expect(assets <= 150 * 1024, assets, 'bytes of shared assets');
    let [pages, shown] = [0, 0];
    for (const file of site.data.files) {
        pages += size(file.page);
        if (file.source === 'embedded') shown += statSync(file.path).size;
    }
    const budget = 3 * shown + 4096 * site.pages.length;
    expect(pages <= budget, pages, 'bytes of pages for', shown, 'bytes of source; allowed are', budget);
    return `${pages} bytes of pages for ${shown} of source, ${assets} of shared assets`;
}

export default {
    'each line shows the numbers of --json': numbers,
    'each line shows its source, without JavaScript': source,
    'the markup of all pages is valid': markup,
    'the site is light': weight,
};
