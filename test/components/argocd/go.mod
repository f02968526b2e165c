module tidegate.dev/test/components/argocd

go 1.26.8

require github.com/argoproj/argo-cd/v3 v3.5.7
