const orders = [
  { number: "1041", customer: "North Street Books", total: "€ 84.00", state: "paid" },
  { number: "1042", customer: "Harbour Café", total: "€ 12.50", state: "packed" },
  { number: "1043", customer: "The Lamp Shop", total: "€ 230.00", state: "sent" },
];

export function Orders() {
  return (
    <table id="orders">
      <thead>
        <tr>
          <th>Number</th>
          <th>Customer</th>
          <th>Total</th>
          <th>State</th>
        </tr>
      </thead>
      <tbody>
        {orders.map((order) => (
          <tr key={order.number}>
            <td>{order.number}</td>
            <td>{order.customer}</td>
            <td>{order.total}</td>
            <td>{order.state}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
