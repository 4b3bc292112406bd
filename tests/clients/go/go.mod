module flexprice-mock-go-client

go 1.25.10

require github.com/flexprice/go-sdk/v2 v2.1.20
