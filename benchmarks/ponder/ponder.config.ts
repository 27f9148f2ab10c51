// Ponder over one contract's one event; what it needs to know comes from benchmarks/events.py.
import { createConfig } from "ponder";

const { PONDER_ABI, PONDER_ADDRESS, PONDER_FIRST, PONDER_FOLDER, PONDER_POSTGRES, PONDER_RPC } = process.env;

export default createConfig({
  database: PONDER_POSTGRES
    ? { kind: "postgres", connectionString: PONDER_POSTGRES }
    : { kind: "pglite", directory: PONDER_FOLDER! },
  chains: { local: { id: 31337, rpc: PONDER_RPC!, disableCache: true } },
  contracts: {
    Drugs: {
      chain: "local",
      abi: JSON.parse(PONDER_ABI!),
      address: PONDER_ADDRESS as `0x${string}`,
      startBlock: Number(PONDER_FIRST),
    },
  },
});
