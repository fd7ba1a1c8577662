"""The only SQL of the project: counts, alerts, notices for Slack, and the claims of replicas."""
