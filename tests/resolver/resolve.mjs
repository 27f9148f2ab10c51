// Resolves DIDs with the did:ethr resolver that its own community maintains, and prints one JSON list.
//
// Run: node tests/resolver/resolve.mjs RPC_URL REGISTRY CHAIN_ID DID...
import { Resolver } from "did-resolver";
import { getResolver } from "ethr-did-resolver";

const [rpcUrl, registry, chainId, ...dids] = process.argv.slice(2);
if (dids.length === 0) {
  process.stderr.write("usage: resolve.mjs RPC_URL REGISTRY CHAIN_ID DID...\n");
  process.exit(2);
}

const name = `0x${Number(chainId).toString(16)}`;
const resolver = new Resolver(getResolver({ networks: [{ name, rpcUrl, registry, chainId }] }));
const results = [];
for (const did of dids) results.push(await resolver.resolve(did));
process.stdout.write(JSON.stringify(results), () => process.exit(0));
