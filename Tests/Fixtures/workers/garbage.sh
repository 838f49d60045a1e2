echo "Segmentation fault"
