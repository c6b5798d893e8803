// YAML from standard input, as JSON, with its merge keys resolved. What is wrong with it goes to standard error.
import { parseWithPointers } from '@stoplight/yaml';
import { text } from 'node:stream/consumers';

const { data, diagnostics } = parseWithPointers(await text(process.stdin), { mergeKeys: true, ignoreDuplicateKeys: false });
for (const { message, range } of diagnostics) console.error(`${range.start.line + 1}: ${message}`);
if (diagnostics.length > 0) process.exit(1);
console.log(JSON.stringify(data));
