"""What a finished run can be asked besides its metrics: drawdowns, months, rolling Sharpe, tails, costs."""
