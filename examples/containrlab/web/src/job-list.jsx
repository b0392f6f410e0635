// The newest jobs with their state and outcome.
export function JobList({ jobs }) {
  if (jobs.length === 0) return <p className="empty">No jobs yet.</p>;
  return (
    <table>
      <thead>
        <tr>
          <th>Job</th>
          <th>State</th>
          <th>Outcome</th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <tr key={job.id}>
            <td>
              <code>{job.expression}</code>
            </td>
            <td className={job.state}>{job.state}</td>
            <td>{job.value ?? job.error ?? '…'}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
