// Sends many transactions of one account with viem, and prints transactions a second as JSON.
//
// node send.mjs URL KEY TO DATA GAS COUNT
//
// Nonces are counted here, requests go out in batches of 250 by viem's own transport, and the last
// transaction's nonce tells when all are mined: no receipt is read. Signed: each is signed within
// the measured time. Presigned: all are signed before it.
import { createPublicClient, createWalletClient, http } from 'viem'
import { privateKeyToAccount } from 'viem/accounts'
import { foundry } from 'viem/chains'

const [url, key, to, data, gas, count] = process.argv.slice(2)
const many = Number(count)
const account = privateKeyToAccount(key)
const transport = http(url, { batch: { batchSize: 250, wait: 0 }, timeout: 120_000, retryCount: 0 })
const wallet = createWalletClient({ account, chain: foundry, transport })
const node = createPublicClient({ chain: foundry, transport, pollingInterval: 10 })

const sign = (nonce) =>
  account.signTransaction({
    type: 'eip1559', chainId: foundry.id, nonce, to, data, gas: BigInt(gas),
    maxFeePerGas: 10n ** 11n, maxPriorityFeePerGas: 10n ** 9n,
  })

const send = (serializedTransaction) => wallet.sendRawTransaction({ serializedTransaction })

async function mined(nonce) {
  const { address } = account
  while ((await node.getTransactionCount({ address, blockTag: 'latest' })) < nonce)
    await new Promise((resolve) => setTimeout(resolve, 10))
}

async function timed(first, work) {
  const started = performance.now()
  await work()
  await mined(first + many)
  return many / ((performance.now() - started) / 1000)
}

const { address } = account
let first = await node.getTransactionCount({ address })
const places = [...Array(many).keys()]
const signed = await timed(first, () =>
  Promise.all(places.map(async (place) => send(await sign(first + place)))))
first += many
const raws = await Promise.all(places.map((place) => sign(first + place)))
const presigned = await timed(first, () => Promise.all(raws.map(send)))
console.log(JSON.stringify({ signed, presigned }))
