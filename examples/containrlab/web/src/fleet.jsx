// Which commit each service was built from; while a deployment rolls, they differ.
const SERVICES = ['web', 'api', 'runnerd', 'runner'];

export function Fleet({ fleet }) {
  const commits = SERVICES.map((service) => fleet[service]);
  const mixed = new Set(commits.filter(Boolean)).size > 1;
  return (
    <footer>
      <ul aria-label="Fleet">
        {SERVICES.map((service) => (
          <li key={service}>
            {service} <code>{fleet[service]?.slice(0, 7) ?? 'no answer'}</code>
          </li>
        ))}
      </ul>
      {mixed && <p>The services run different commits.</p>}
    </footer>
  );
}
