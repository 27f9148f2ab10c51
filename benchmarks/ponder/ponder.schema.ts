import { onchainTable } from "ponder";

export const lot = onchainTable("lot", (t) => ({
  id: t.text().primaryKey(),
  lot: t.hex(),
  gtin: t.bigint(),
  maker: t.hex(),
  lotDigest: t.hex(),
  expiry: t.bigint(),
  quantity: t.bigint(),
  serialRoot: t.hex(),
  eventHash: t.hex(),
}));
