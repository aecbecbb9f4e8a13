import { defineStore } from 'pinia';
import { ref } from 'vue';

/** What is drawn over pictures; it stays from face to face. */
export const usePictureMarks = defineStore('picture-marks', () => {
  const whole = ref(false);
  const box = ref(true);
  const five = ref(true);
  const landmarks = ref(false);
  return { whole, box, five, landmarks };
});
