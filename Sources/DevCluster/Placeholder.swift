// DevCluster
