// A program that uses the published Go SDK: `go run . BASE_URL KEY`.
// Prints one JSON object: the operations called, and what went wrong (empty if nothing).
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"time"

	flexprice "github.com/flexprice/go-sdk/v2"
	sdkerrors "github.com/flexprice/go-sdk/v2/models/errors"
	"github.com/flexprice/go-sdk/v2/models/types"
)

type program struct {
	ctx    context.Context
	client *flexprice.Flexprice
	base   string
	called []string
}

func main() {
	base, key := os.Args[1], os.Args[2]
	p := &program{
		ctx:    context.Background(),
		client: flexprice.New(flexprice.WithServerURL(base), flexprice.WithSecurity(key)),
		base:   base,
	}
	wrong := ""
	if err := p.run(); err != nil {
		wrong = err.Error()
	}
	told, _ := json.Marshal(map[string]any{"called": p.called, "wrong": wrong})
	fmt.Println(string(told))
}

// did notes an operation and says in which one an error came up.
func (p *program) did(name string, err error) error {
	p.called = append(p.called, name)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

func same[T comparable](what string, found, wanted T) error {
	if found != wanted {
		return fmt.Errorf("%s: expected %v, got %v", what, wanted, found)
	}
	return nil
}

func (p *program) run() error {
	customer, err := p.customers()
	if err != nil {
		return err
	}
	plan, err := p.catalogue()
	if err != nil {
		return err
	}
	subscription, err := p.subscribe(customer, plan)
	if err != nil {
		return err
	}
	return errors.Join(p.events(), p.bill(subscription), p.refusals(), p.queue())
}

func (p *program) customers() (string, error) {
	made, err := p.client.Customers.CreateCustomer(p.ctx, types.CreateCustomerRequest{
		ExternalID: "cust_001",
		Name:       flexprice.String("Example Studio"),
		Metadata:   map[string]string{"a": "b"},
	})
	if err := p.did("Customers.CreateCustomer", err); err != nil {
		return "", err
	}
	id := *made.CustomerResponse.ID
	found, err := p.client.Customers.GetCustomerByExternalID(p.ctx, "cust_001")
	if err := p.did("Customers.GetCustomerByExternalID", err); err != nil {
		return "", err
	}
	listed, err := p.client.Customers.QueryCustomer(p.ctx, types.CustomerFilter{ExternalID: flexprice.String("cust_001")})
	if err := p.did("Customers.QueryCustomer", err); err != nil {
		return "", err
	}
	return id, errors.Join(
		same("the customer found", *found.CustomerResponse.ID, id),
		same("customers listed", len(listed.ListCustomersResponse.Items), 1),
	)
}

func (p *program) catalogue() (string, error) {
	plan, err := p.client.Plans.CreatePlan(p.ctx, types.CreatePlanRequest{Name: "AI Pro"})
	if err := p.did("Plans.CreatePlan", err); err != nil {
		return "", err
	}
	id := *plan.PlanResponse.ID
	feature, err := p.client.Features.CreateFeature(p.ctx, types.CreateFeatureRequest{
		Name: "Images",
		Type: types.FeatureTypeMetered,
		Meter: &types.CreateMeterRequest{
			Name:      "image_count",
			EventName: "image_generated",
			Aggregation: types.MeterAggregation{
				Type:  flexprice.Pointer(types.AggregationTypeSum),
				Field: flexprice.String("image_count"),
			},
			ResetUsage: types.ResetUsageBillingPeriod,
		},
	})
	if err := p.did("Features.CreateFeature", err); err != nil {
		return "", err
	}
	price, err := p.client.Prices.CreatePrice(p.ctx, types.CreatePriceRequest{
		EntityType:         types.PriceEntityType("PLAN"),
		EntityID:           id,
		Type:               types.PriceTypeUsage,
		BillingModel:       types.BillingModelFlatFee,
		BillingPeriod:      types.BillingPeriodMonthly,
		BillingPeriodCount: flexprice.Pointer(int64(1)),
		InvoiceCadence:     types.InvoiceCadenceArrear,
		PriceUnitType:      types.PriceUnitTypeFiat,
		Currency:           "USD",
		MeterID:            feature.FeatureResponse.MeterID,
		Amount:             flexprice.String("0.04"),
	})
	if err := p.did("Prices.CreatePrice", err); err != nil {
		return "", err
	}
	return id, same("the price's amount", *price.PriceResponse.Amount, "0.04")
}

func (p *program) subscribe(customer, plan string) (string, error) {
	made, err := p.client.Subscriptions.CreateSubscription(p.ctx, types.CreateSubscriptionRequest{
		PlanID:        plan,
		CustomerID:    &customer,
		BillingPeriod: types.BillingPeriodMonthly,
		Currency:      "USD",
	})
	if err := p.did("Subscriptions.CreateSubscription", err); err != nil {
		return "", err
	}
	id := *made.SubscriptionResponse.ID
	found, err := p.client.Subscriptions.GetSubscription(p.ctx, id)
	if err := p.did("Subscriptions.GetSubscription", err); err != nil {
		return "", err
	}
	return id, same("the subscription's plan", *found.SubscriptionResponse.PlanID, plan)
}

func (p *program) events() error {
	event := types.IngestEventRequest{
		EventName:          "image_generated",
		ExternalCustomerID: "cust_001",
		EventID:            flexprice.String("evt_1"),
		Properties:         map[string]string{"image_count": "3"},
	}
	accepted, err := p.client.Events.IngestEvent(p.ctx, event)
	if err := p.did("Events.IngestEvent", err); err != nil {
		return err
	}
	event.EventID = flexprice.String("evt_2")
	event.Properties = map[string]string{"image_count": "2"}
	_, err = p.client.Events.IngestEventsBulk(p.ctx, types.BulkIngestEventRequest{Events: []types.IngestEventRequest{event}})
	if err := p.did("Events.IngestEventsBulk", err); err != nil {
		return err
	}
	start, end := time.Now().Add(-time.Minute), time.Now().Add(time.Minute)
	listed, err := p.client.Events.ListRawEvents(p.ctx, types.GetEventsRequest{StartTime: &start, EndTime: &end})
	if err := p.did("Events.ListRawEvents", err); err != nil {
		return err
	}
	used, err := p.client.Events.GetUsageStatistics(p.ctx, types.GetUsageRequest{
		EventName:       "image_generated",
		AggregationType: types.AggregationTypeSum,
		PropertyName:    flexprice.String("image_count"),
		StartTime:       &start,
		EndTime:         &end,
	})
	if err := p.did("Events.GetUsageStatistics", err); err != nil {
		return err
	}
	return errors.Join(
		same("the event accepted", accepted.Object["event_id"], "evt_1"),
		same("events listed", len(listed.GetEventsResponse.Events), 2),
		same("usage", *used.GetUsageResponse.Value, 5.0),
	)
}

func (p *program) bill(subscription string) error {
	usage, err := p.client.Subscriptions.GetSubscriptionUsage(
		p.ctx, types.GetUsageBySubscriptionRequest{SubscriptionID: subscription},
	)
	if err := p.did("Subscriptions.GetSubscriptionUsage", err); err != nil {
		return err
	}
	preview, err := p.client.Invoices.GetInvoicePreview(
		p.ctx, types.GetPreviewInvoiceRequest{SubscriptionID: subscription},
	)
	if err := p.did("Invoices.GetInvoicePreview", err); err != nil {
		return err
	}
	return errors.Join(
		same("the usage's amount", *usage.GetUsageBySubscriptionResponse.Amount, 0.2),
		same("the currency of the preview", *preview.InvoiceResponse.Currency, "usd"),
	)
}

// status of an error: declared ones are typed, others carry the status.
func status(err error) int {
	var declared *sdkerrors.ErrorResponse
	if errors.As(err, &declared) && declared.HTTPStatusCode != nil {
		return int(*declared.HTTPStatusCode)
	}
	var other *sdkerrors.APIError
	if errors.As(err, &other) {
		return other.StatusCode
	}
	return 0
}

func (p *program) refusals() error {
	_, conflict := p.client.Customers.CreateCustomer(p.ctx, types.CreateCustomerRequest{
		ExternalID: "cust_001", Name: flexprice.String("Again"),
	})
	_, unknown := p.client.Plans.GetPlan(p.ctx, "nope")
	p.called = append(p.called, "Plans.GetPlan")
	_, invalid := p.client.Customers.CreateCustomer(p.ctx, types.CreateCustomerRequest{ExternalID: "unnamed"})
	nobody := flexprice.New(flexprice.WithServerURL(p.base), flexprice.WithClient(http.DefaultClient))
	_, keyless := nobody.Plans.GetPlan(p.ctx, "nope")
	return errors.Join(
		same("a customer twice", status(conflict), 409),
		same("an unknown plan", status(unknown), 404),
		same("a customer without a name", status(invalid), 400),
		same("no key", status(keyless), 401),
	)
}

// queue sends through the SDK's own asynchronous client, which writes numbers as Go prints them (1e+06).
func (p *program) queue() error {
	config := flexprice.DefaultAsyncConfig()
	config.DefaultSource = "go"
	queue := p.client.NewAsyncClientWithConfig(config)
	// Closing it at once may lose what is queued; it sends by itself every 100 ms.
	defer queue.Close()
	err := queue.Enqueue("image_generated", "cust_001", map[string]any{"image_count": 1e6, "final": true})
	if err := p.did("AsyncClient.Enqueue", err); err != nil {
		return err
	}
	start, end := time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
	for range 50 {
		used, err := p.client.Events.GetUsageStatistics(p.ctx, types.GetUsageRequest{
			EventName:       "image_generated",
			AggregationType: types.AggregationTypeMax,
			PropertyName:    flexprice.String("image_count"),
			StartTime:       &start,
			EndTime:         &end,
		})
		if err != nil {
			return err
		}
		if used.GetUsageResponse.Value != nil && *used.GetUsageResponse.Value == 1e6 {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return errors.New("the event of the asynchronous client did not arrive as 1000000")
}
