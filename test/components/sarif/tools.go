//go:build tools

// Package tools names the module that has the schema of SARIF.
package tools

import (
	_ "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
)
