import { ponder } from "ponder:registry";
import { lot } from "ponder:schema";

ponder.on("Drugs:LotCommissioned", async ({ event, context }) => {
  await context.db.insert(lot).values({ id: event.id, ...event.args });
});
