// Loaded into every Node process of the chaos stack (NODE_OPTIONS): sends the workers' AWS calls through the fault
// proxy. The stack itself knows one endpoint only, and hands workers no other variable that is named like AWS's.
const { CHAOS_PROXY } = process.env;
if (CHAOS_PROXY && process.argv.includes('worker')) process.env.AWS_ENDPOINT_URL = CHAOS_PROXY;
