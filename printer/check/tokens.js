// Tokenises ESC/POS files with npos, which refuses opcodes it does not know, and compares their text with the .txt beside
// each. Usage: node tokens.js FILE.bin … ; exit status 1 and a line for each file that differs.
'use strict';

const fs = require('fs');
const iconv = require('iconv-lite');
const npos = require('npos');

// npos knows neither QR codes nor the Chinese mode of the FS ( A family; both say their own length.
const rules = Object.assign({}, npos.rules);
rules[npos.symbols.GS] = Object.assign({ '(k': [0, 'd16'] }, rules[npos.symbols.GS]);
rules[npos.symbols.FS] = Object.assign({ '(A': [0, 'd16'] }, rules[npos.symbols.FS]);

// lines drops white space, and lines of nothing else: how far things stand apart is layout.
function lines(text) {
  return text.split('\n').map((line) => line.replace(/\s/g, '')).filter((line) => line !== '');
}

async function check(file) {
  const ast = await npos.parser(rules).parse(fs.readFileSync(file));
  const text = ast.tree.filter((node) => node.ascii === 'STX')
    .map((node) => iconv.decode(ast.raw.slice(node.offset, node.offset + node.length), 'gbk')).join('');
  const got = lines(text);
  const want = lines(fs.readFileSync(file.replace(/\.bin$/, '.txt'), 'utf8'));
  if (want.length === 0 || JSON.stringify(got) !== JSON.stringify(want)) {
    throw new Error(`text is ${JSON.stringify(got)}, want ${JSON.stringify(want)}`);
  }
}

(async () => {
  for (const file of process.argv.slice(2)) {
    try {
      await check(file);
      console.log(`ok ${file}`);
    } catch (err) {
      console.log(`${file}: ${err.message}`);
      process.exitCode = 1;
    }
  }
})();
