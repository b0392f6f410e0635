module go-waiters

go 1.24
