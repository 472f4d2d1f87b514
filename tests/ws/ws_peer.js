// SPDX-License-Identifier: BSD-3-Clause
// usage: node ws_peer.js FOLDER WS_ECHO
//
// Sessions and the package ws of npm, which is installed in FOLDER, talk to each other in both roles.
'use strict';

const assert = require('node:assert');
const {spawn} = require('node:child_process');
const {once} = require('node:events');
const path = require('node:path');
const readline = require('node:readline');

const folder = path.resolve(process.argv[2]);
const program = process.argv[3];
const WebSocket = require(path.join(folder, 'node_modules', 'ws'));

const SIZES = [0, 1, 125, 126, 127, 65535, 65536, 1000000];

async function open(port, options) {
	const ws = new WebSocket(`ws://127.0.0.1:${port}/`, ['other', 'echo'], options);
	await once(ws, 'open');
	return ws;
}

async function hear(ws, wanted, isBinary) {
	const [data, binary] = await once(ws, 'message');
	assert.strictEqual(binary, isBinary);
	assert.ok(Buffer.from(wanted).equals(data), 'another message came back');
}

// A client of ws and our server.
async function talk(port, options) {
	const ws = await open(port, options);
	assert.strictEqual(ws.protocol, 'echo');
	assert.strictEqual(ws.extensions, '');
	for (const size of SIZES) {
		const text = 'ä'.repeat(size);
		const bytes = Buffer.alloc(size, '\0\xff', 'latin1');
		ws.send(text);
		await hear(ws, text, false);
		ws.send(bytes);
		await hear(ws, bytes, true);
	}
	for (const piece of ['a', 'bc', ''])
		ws.send(piece, {fin: false});
	ws.send('ä', {fin: true});
	await hear(ws, 'abcä', false);
	ws.ping('ping');
	const [data] = await once(ws, 'pong');
	assert.strictEqual(data.toString(), 'ping');
	ws.close(4000, 'bye');
	const [code] = await once(ws, 'close');
	assert.strictEqual(code, 4000);
}

// Something that breaks a rule: bytes behind the handshake.
async function beRefused(port, bytes, wanted) {
	const ws = await open(port, {perMessageDeflate: false});
	ws._socket.write(Buffer.from(bytes));
	const [code] = await once(ws, 'close');
	assert.strictEqual(code, wanted);
}

// Our client and a server of ws.
async function serveOurClient() {
	const server = new WebSocket.Server({
		host: '127.0.0.1',
		port: 0,
		handleProtocols: (protocols) => protocols.has('echo') && 'echo',
	});
	await once(server, 'listening');
	const closed = new Promise((resolve) => server.on('connection', (ws) => {
		ws.on('message', (data, isBinary) => ws.send(data, {binary: isBinary}));
		ws.on('close', (code, reason) => resolve(`${code} ${reason}`));
	}));
	const client = spawn(program, ['client', String(server.address().port)], {stdio: 'inherit'});
	const [status] = await once(client, 'exit');
	assert.strictEqual(status, 0);
	assert.strictEqual(await closed, '4321 done');
	server.close();
}

async function main() {
	const server = spawn(program, ['server'], {stdio: ['pipe', 'pipe', 'inherit']});
	const lines = readline.createInterface({input: server.stdout})[Symbol.asyncIterator]();
	const line = async () => (await lines.next()).value;
	const port = Number(await line());

	for (const perMessageDeflate of [false, true]) {
		await talk(port, {perMessageDeflate});
		assert.strictEqual(await line(), '4000 bye');
	}
	// A text that is not UTF-8, a kind of frame that there is not, a frame without a mask.
	for (const [bytes, code] of [[[0x81, 0x81, 0, 0, 0, 0, 0xff], 1007],
			[[0x83, 0x80, 0, 0, 0, 0], 1002], [[0x81, 0x01, 0x61], 1002]]) {
		await beRefused(port, bytes, code);
		assert.match(await line(), new RegExp(`^${code} `));
	}
	server.stdin.end();
	const [status] = await once(server, 'exit');
	assert.strictEqual(status, 0);
	await serveOurClient();
}

main().catch((error) => {
	console.error(error);
	process.exit(1);
});
