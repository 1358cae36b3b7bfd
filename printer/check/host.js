// Prints a receipt with receiptio, a host that is not ours, on the printer listening on a port of 127.0.0.1, and writes
// its verdict: success, coveropen, paperempty, … Usage: node host.js PORT
'use strict';

const net = require('net');

// receiptio always dials port 9100.
const connect = net.connect;
net.connect = (port, host) => connect(Number(process.argv[2]), host);

const receiptio = require('receiptio');

const receipt = '^取餐号\n^^^A037\n\n珍珠奶茶 | ¥18.00\n';
receiptio.print(receipt, '-d 127.0.0.1 -l zh-hans -t 20').then((verdict) => {
  console.log(verdict);
  process.exit(0);
});
