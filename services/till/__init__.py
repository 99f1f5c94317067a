"""The till gateway: a client that runs in the shop, keeps receipts safe there, and sends them to the chain's Kafka."""
