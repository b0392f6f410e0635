// One line to write an expression on.
export function JobForm({ onSubmit }) {
  const submit = (event) => {
    event.preventDefault();
    const form = event.currentTarget;
    onSubmit(new FormData(form).get('expression'));
    form.reset();
  };
  return (
    <form onSubmit={submit}>
      <input
        aria-label="Expression"
        autoComplete="off"
        maxLength={200}
        name="expression"
        placeholder="6 * 7, 2 ** 100, sqrt(2) …"
        required
      />
      <button type="submit">Run</button>
    </form>
  );
}
