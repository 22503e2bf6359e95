// Honest loads between two namespaces: what busy, impatient and careless programs do makes no alert of medium or above.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import { dnsQueries } from '../support/dns-queries.js';
import { missingTool, Watch } from '../support/live-detection.js';
import { makePair, type Pair } from '../support/namespaces.js';
import { aptRepository, npmRegistry } from '../support/package-servers.js';

const server = '10.77.0.2';
const SCRAPED = 50;

let pair: Pair;
let watch: Watch;
let folder: string;

before(() => {
  pair = makePair('dh');
  watch = new Watch(pair.right);
  folder = mkdtempSync(join(tmpdir(), 'honest-'));
  pair.right.start(
    process.execPath,
    '-e',
    `require('http').createServer((q,a)=>a.end('x'.repeat(q.url.length*97%5000))).listen(80,'::');
    require('net').createServer(s=>s.on('error',()=>{})).listen(7000,'::');
    require('dgram').createSocket('udp4').on('message',function(m,r){m[2]|=128;m[3]&=240;this.send(m,r.port,r.address)}).bind(53)`,
  );
});

afterEach(() => watch?.killAll());

after(() => {
  pair?.remove();
  if (folder) rmSync(folder, { recursive: true });
});

const client = (script: string): void => {
  const { status, stderr } = pair.left.run(process.execPath, '-e', script);
  assert.equal(status, 0, stderr);
};

/** The test's name is the load's. */
function silent(skip: string | false, name: string, load: () => unknown): void {
  test(name, { skip }, async () => assert.deepEqual(await watch.judge(name, load), []));
}

describe('honest loads, live', () => {
  silent(
    false,
    'thirty page loads of twenty objects over six connections, each page with other cookies',
    () =>
      client(`const h=require('http');(async()=>{for(let page=0;page<30;page++){const agent=new h.Agent({keepAlive:page%2===0,maxSockets:6});
        await Promise.all(Array.from({length:20},(_,i)=>new Promise(ok=>h.get({agent,host:'${server}',path:'/'+'p'.repeat((page*7+i*3)%90),
        headers:{cookie:'c='.padEnd((page*31+i*13)%700+3,'k')}},r=>{r.resume();r.on('end',ok)}))));agent.destroy()}})()`),
  );

  silent(false, 'four hundred clients behind one address, each with a request of its own', () =>
    client(`const h=require('http');let n=0;const go=()=>{if(n++<400)h.get({host:'${server}',agent:false,path:'/'+n,
        headers:{cookie:'s='.padEnd((n*37)%900+3,'u')}},r=>{r.resume();r.on('end',go)})};for(let i=0;i<8;i++)go()`),
  );

  silent(false, 'a burst of look-ups', () => client(dnsQueries(server, 1500, 'names')));

  silent(false, 'scraping fifty targets every second, three of them dead', () => {
    for (let i = 0; i < SCRAPED; i += 1)
      pair.right.ip('addr', 'add', `10.77.0.${100 + i}/24`, 'dev', 'veth0');
    client(`const h=require('http');let round=0;const scrape=()=>{for(let i=0;i<${SCRAPED + 3};i++)
        h.get({host:'10.77.0.'+(100+i),path:'/metrics',timeout:800},r=>r.resume()).on('error',()=>{}).on('timeout',function(){this.destroy()});
        if(++round<6)setTimeout(scrape,1000)};scrape()`);
  });

  silent(false, 'health checks that end with a reset, of three open ports and a dead one', () =>
    client(`const net=require('net');let n=0;const t=setInterval(()=>{for(const port of [80,7000,53,9999]){
        const s=net.connect(port,'${server}');s.on('connect',()=>s.resetAndDestroy()).on('error',()=>{})}
        if(++n>60)clearInterval(t)},100)`),
  );

  silent(
    missingTool('iperf3'),
    'three hundred calls of an API over one connection, and a bulk transfer',
    () => {
      client(`const h=require('http');const agent=new h.Agent({keepAlive:true,maxSockets:1});let n=0;
        const go=()=>{if(n++<300)h.get({agent,host:'${server}',path:'/api'},r=>{r.resume();r.on('end',go)});else agent.destroy()};go()`);
      pair.right.start('iperf3', '-s', '-1');
      pair.left.run(
        'bash',
        '-c',
        `for i in 1 2 3 4 5; do iperf3 -c ${server} -n 100M -P 4 >/dev/null 2>&1 && break; sleep 0.3; done`,
      );
      pair.left.run('ping', '-q', '-c', '20', '-i', '0.05', '-s', '3000', server);
    },
  );

  silent(missingTool('wrk'), 'wrk at full speed', () => {
    const { status, stderr } = pair.left.run(
      'wrk',
      '-t2',
      '-c40',
      '-d3',
      `http://${server}:80/small`,
    );
    assert.equal(status, 0, stderr);
  });

  silent(missingTool('apt-get'), 'apt: update and forty packages', () => {
    const download = aptRepository(join(folder, 'apt'), pair.right, `${server}`, 40);
    const { status, stderr } = pair.left.run('bash', '-c', download);
    assert.equal(status, 0, stderr);
  });

  silent(missingTool('npm', 'tar'), 'npm install of sixty packages', () => {
    const install = npmRegistry(join(folder, 'npm'), pair.right, `${server}`, 60);
    const { status, stderr } = pair.left.run('bash', '-c', install);
    assert.equal(status, 0, stderr);
  });
});
