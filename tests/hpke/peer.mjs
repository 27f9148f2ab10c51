// Seals and opens with the HPKE and the X-Wing of npm's @hpke, which are not ours.
//
// Run: node tests/hpke/peer.mjs, with a JSON list of requests on stdin (byte strings in hexadecimal):
//   {"act": "public", "seed"}
//   {"act": "open", "seed", "info", "sealed"}
//   {"act": "seal", "public", "info", "plaintext"}
// It prints the list of results; null where it opens nothing.
import { readFileSync } from "node:fs";
import { Aes256Gcm, CipherSuite, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";

const ENCAPSULATION = 1120;
const kem = new XWing();
const suite = new CipherSuite({ kem, kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const bytes = (hex) => new Uint8Array(Buffer.from(hex, "hex")).buffer;
const hex = (...parts) => Buffer.concat(parts.map((part) => Buffer.from(part))).toString("hex");

const acts = {
  public: async ({ seed }) => {
    const pair = await kem.generateKeyPairDerand(new Uint8Array(bytes(seed)));
    return hex(await kem.serializePublicKey(pair.publicKey));
  },
  open: async ({ seed, info, sealed }) => {
    const recipientKey = await kem.deserializePrivateKey(bytes(seed));
    const all = bytes(sealed);
    const enc = all.slice(0, ENCAPSULATION);
    const opening = await suite.createRecipientContext({ recipientKey, enc, info: bytes(info) });
    return hex(await opening.open(all.slice(ENCAPSULATION)));
  },
  seal: async ({ public: key, info, plaintext }) => {
    const recipientPublicKey = await kem.deserializePublicKey(bytes(key));
    const sealing = await suite.createSenderContext({ recipientPublicKey, info: bytes(info) });
    return hex(sealing.enc, await sealing.seal(bytes(plaintext)));
  },
};

const answers = [];
for (const request of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    answers.push(await acts[request.act](request));
  } catch (error) {
    if (error.name !== "OpenError") throw error;
    answers.push(null);
  }
}
process.stdout.write(JSON.stringify(answers));
