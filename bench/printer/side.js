// Encodes the same kitchen ticket with package printer and with receiptline, in turns, and prints the medians. Rates are
// by processor time, all threads included: what other programs on the machine do changes that less than the clock.
// Usage: (cd bench/printer && npm ci && node side.js [ROUNDS])
'use strict';

const { execFileSync } = require('child_process');
const fs = require('fs');
const os = require('os');
const path = require('path');
const receiptline = require('receiptline');

const rounds = Number(process.argv[2] || 5);
const root = path.join(__dirname, '..', '..');

// What printer/printer_test.go has in sample(), with the same sizes and emphasis.
const ticket = [
  '^^^美团 #37 外卖', '取餐号', '^^^^^^"A037"', '-',
  '{align:left}',
  '^^^"2×珍珠奶茶"|', '^^  大杯 / 少冰 / 半糖|', '^^  +珍珠 +椰果|',
  '^^^"1×茉莉奶绿"|', '^^  中杯 / 去冰 / 三分糖|', '^^  备注: 不要吸管|', '-',
  '^^备注: 放门口|', '共 3 杯 | 承诺 12:30', '订单 o-1 | 下单 12:05', '',
].join('\n');
const options = { cpl: 32, encoding: 'gb18030', command: 'escpos', gradient: false };

function theirs() {
  const until = process.hrtime.bigint() + 1000000000n;
  const start = process.cpuUsage();
  let n = 0;
  while (process.hrtime.bigint() < until) {
    receiptline.transform(ticket, options);
    n++;
  }
  const used = process.cpuUsage(start);
  return n / ((used.user + used.system) / 1e6);
}

const dir = fs.mkdtempSync(path.join(os.tmpdir(), 'weir-bench-'));
const binary = path.join(dir, 'printer.test');

function ours() {
  const out = execFileSync(binary, ['-test.run=^$', '-test.bench=^BenchmarkEncode$/^escpos58$', '-test.benchtime=1s'], { encoding: 'utf8' });
  return {
    rate: 1e9 / Number(/([\d.]+) cpu-ns\/op/.exec(out)[1]),
    bytes: Number(/([\d.]+) bytes\/ticket/.exec(out)[1]),
  };
}

const median = (all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)];

try {
  execFileSync('go', ['test', '-c', '-o', binary, './printer'], { cwd: root, stdio: 'inherit' });
  const rates = { ours: [], theirs: [], ratio: [] };
  let bytes = 0;
  for (let i = 0; i < rounds; i++) {
    const a = ours();
    const b = theirs();
    bytes = a.bytes;
    rates.ours.push(a.rate);
    rates.theirs.push(b);
    rates.ratio.push(a.rate / b);
  }
  const size = Buffer.byteLength(receiptline.transform(ticket, options), 'latin1');
  console.log(`weir         ${Math.round(median(rates.ours))} tickets a processor second, ${bytes} bytes`);
  console.log(`receiptline  ${Math.round(median(rates.theirs))} tickets a processor second, ${size} bytes`);
  console.log(`ratio        ${median(rates.ratio).toFixed(0)}x (median of ${rounds} rounds; goal 50x)`);
} finally {
  fs.rmSync(dir, { recursive: true });
}
