// Node imports this at its start: names below localhost are this machine, as in browsers.
import dns from "node:dns";

const lookUp = dns.lookup;
dns.lookup = (host, ...rest) => lookUp(host.endsWith(".localhost") ? "127.0.0.1" : host, ...rest);
