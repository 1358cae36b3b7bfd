// Renders ZPL files as PNG beside them with zpl-renderer-js. Usage: node zpl.js WIDTH_MM HEIGHT_MM FILE.zpl …
'use strict';

const fs = require('fs');
const { ready } = require('zpl-renderer-js');

(async () => {
  const { api } = await ready;
  const [width, height, ...files] = process.argv.slice(2);
  for (const file of files) {
    const png = await api.zplToBase64Async(fs.readFileSync(file, 'latin1'), Number(width), Number(height), 8);
    fs.writeFileSync(file.replace(/\.zpl$/, '.png'), Buffer.from(png, 'base64'));
    console.log(`ok ${file}`);
  }
  process.exit(0);
})().catch((err) => {
  console.log(String(err));
  process.exit(1);
});
