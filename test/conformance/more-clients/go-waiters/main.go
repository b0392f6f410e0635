// What Terraform's aws_ecs_service does with wait_for_steady_state, and the waiters of aws-sdk-go-v2, against a service
// of two good tasks. Usage: go mod tidy && go run . CLUSTER SERVICE GOOD-TASK-DEFINITION CRASHING-TASK-DEFINITION
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

type service struct {
	client        *ecs.Client
	cluster, name string
}

func main() {
	ctx := context.Background()
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil || len(os.Args) != 5 {
		fmt.Fprintln(os.Stderr, "usage: go run . CLUSTER SERVICE GOOD CRASHING", err)
		os.Exit(2)
	}
	s := service{ecs.NewFromConfig(settings), os.Args[1], os.Args[2]}
	wrong := 0
	judge := func(what, wanted string, err error) {
		got := "nothing wrong"
		if err != nil {
			got = err.Error()
		}
		if strings.Contains(got, wanted) {
			fmt.Println("ok    " + what)
			return
		}
		wrong++
		fmt.Printf("WRONG %s: expected %q, got %q\n", what, wanted, got)
	}
	judge("a good update is steady", "nothing wrong", s.update(ctx, os.Args[3]))
	judge("a crashing one is told by its service deployment", "circuit breaker", s.update(ctx, os.Args[4]))
	described := &ecs.DescribeServicesInput{Cluster: &s.cluster, Services: []string{s.name}}
	stable := ecs.NewServicesStableWaiter(s.client)
	judge("the waiter is content after the rollback", "nothing wrong", stable.Wait(ctx, described, time.Minute))
	described.Services = []string{"none"}
	judge("a missing service fails at once", "Failure", stable.Wait(ctx, described, time.Minute))
	tasks, err := s.client.ListTasks(ctx, &ecs.ListTasksInput{Cluster: &s.cluster, ServiceName: &s.name})
	judge("tasks are listed", "nothing wrong", err)
	running := &ecs.DescribeTasksInput{Cluster: &s.cluster, Tasks: tasks.TaskArns}
	judge("tasks run", "nothing wrong", ecs.NewTasksRunningWaiter(s.client).Wait(ctx, running, time.Minute))
	if wrong > 0 {
		os.Exit(1)
	}
}

// update waits as Terraform does: it finds the service deployment whose revision carries the id of the new PRIMARY
// deployment, and believes only that one's status.
func (s service) update(ctx context.Context, taskDefinition string) error {
	before := time.Now().UTC()
	updated, err := s.client.UpdateService(ctx, &ecs.UpdateServiceInput{
		Cluster: &s.cluster, Service: &s.name, TaskDefinition: &taskDefinition,
	})
	if err != nil {
		return err
	}
	primary := updated.Service.Deployments[0]
	if !primary.CreatedAt.After(before) {
		return errors.New("no new deployment")
	}
	arn, err := s.serviceDeployment(ctx, strings.TrimPrefix(*primary.Id, "ecs-svc/"), before)
	if err != nil {
		return err
	}
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(time.Second) {
		found, err := s.client.DescribeServiceDeployments(ctx, &ecs.DescribeServiceDeploymentsInput{
			ServiceDeploymentArns: []string{arn},
		})
		if err != nil {
			return err
		}
		switch deployment := found.ServiceDeployments[0]; deployment.Status {
		case types.ServiceDeploymentStatusSuccessful:
			return nil
		case types.ServiceDeploymentStatusStopped, types.ServiceDeploymentStatusRollbackFailed,
			types.ServiceDeploymentStatusRollbackSuccessful:
			return errors.New(aws.ToString(deployment.StatusReason))
		}
	}
	return errors.New("not steady after two minutes")
}

func (s service) serviceDeployment(ctx context.Context, id string, since time.Time) (string, error) {
	listed, err := s.client.ListServiceDeployments(ctx, &ecs.ListServiceDeploymentsInput{
		Cluster: &s.cluster, Service: &s.name, CreatedAt: &types.CreatedAt{After: &since},
	})
	if err != nil {
		return "", err
	}
	for _, deployment := range listed.ServiceDeployments {
		if strings.Contains(aws.ToString(deployment.TargetServiceRevisionArn), id) {
			return *deployment.ServiceDeploymentArn, nil
		}
	}
	return "", fmt.Errorf("no service deployment has %s as its target", id)
}
