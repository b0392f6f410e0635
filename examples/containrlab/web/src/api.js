// What the page asks for, all from the host that served it: the web server passes /api on to the api.

export const fetchJobs = async () => (await ask('/api/jobs')).jobs;

/** The commit of all four services; null where one does not answer. */
export const fetchFleet = async () => {
  const [web, others] = await Promise.all([ask('/health'), ask('/api/fleet')]);
  return { web: web.commit, ...others };
};

export const submitJob = (expression) =>
  ask('/api/jobs', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ expression }),
  });

async function ask(path, options) {
  const response = await fetch(path, options);
  const body = await response.json();
  if (!response.ok) throw new Error(body.error ?? `${path} answered ${response.status}`);
  return body;
}
