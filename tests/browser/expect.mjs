// expect: throws where something does not hold, with the first few of the things that are wrong.

export function expect(holds, ...words) {
    if (!holds) throw new Error(words.join(' '));
}

export function expectNone(wrong, what) {
    expect(wrong.length === 0, `${wrong.length} ${what}:\n  ${wrong.slice(0, 8).join('\n  ')}`);
}
